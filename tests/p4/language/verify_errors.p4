// verify ends the parser in reject with the error given; ingress sees which, own errors included.
#include <core.p4>
#include <v1model.p4>

error { TooLarge, Strange }

header frame_t {
    bit<8> n;
    bit<8> result;
}

struct headers_t {
    frame_t frame;
    frame_t second;
}
struct metadata_t { error seen; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        verify(hdr.frame.n < 10, error.TooLarge);
        hdr.frame.result = 1;
        verify(hdr.frame.n != 5, error.Strange);
        hdr.frame.result = 2;
        transition select(hdr.frame.n) {
            1: second;
            2: reject;
            0 .. 4: accept;
            6: accept;
        }
    }
    state second {
        packet.extract(hdr.second);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        error seen = standard_metadata.parser_error;
        meta.seen = seen;
        if (seen == error.TooLarge) {
            hdr.frame.n = 0xa1;
        } else if (seen == error.Strange) {
            hdr.frame.n = 0xa2;
        } else if (seen == error.NoMatch) {
            hdr.frame.n = 0xa3;
        } else if (meta.seen == error.PacketTooShort) {
            hdr.frame.n = 0xa4;
        } else if (meta.seen != error.NoError) {
            hdr.frame.n = 0xa5;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
