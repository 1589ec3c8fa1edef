// A header that the packet is too short for stays invalid, and its bytes stay payload.
#include <core.p4>
#include <v1model.p4>

header one_t { bit<8> n; }
header four_t { bit<32> n; }

struct headers_t {
    one_t  one;
    four_t four;
    one_t  last;
}
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.one);
        packet.extract(hdr.four);
        packet.extract(hdr.last);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.one.n = hdr.one.n + 1;
        if (hdr.four.isValid()) {
            hdr.one.n[7:7] = 1;
        }
        if (hdr.last.isValid()) {
            hdr.one.n[6:6] = 1;
        }
        if (standard_metadata.parser_error == error.PacketTooShort) {
            hdr.one.n[5:5] = 1;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
