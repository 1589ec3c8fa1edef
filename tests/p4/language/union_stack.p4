// A stack of header unions: each element is one header or the other; they are emitted in order.
#include <core.p4>
#include <v1model.p4>

header one_t {
    bit<1> is_long;
    bit<1> is_last;
    bit<6> n;
}
header two_t {
    bit<1>  is_long;
    bit<1>  is_last;
    bit<14> n;
}
header_union option_t {
    one_t one;
    two_t two;
}

struct headers_t { option_t[3] options; }
struct metadata_t { bit<8> count; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        transition select(packet.lookahead<bit<1>>()) {
            0: short;
            1: long;
        }
    }
    state short {
        packet.extract(hdr.options.next.one);
        transition select(hdr.options.last.one.is_last) {
            1: accept;
            _: start;
        }
    }
    state long {
        packet.extract(hdr.options.next.two);
        transition select(hdr.options.last.two.is_last) {
            1: accept;
            _: start;
        }
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (hdr.options[0].one.isValid()) {
            hdr.options[0].one.n = hdr.options[0].one.n + 1;
        }
        if (hdr.options[1].isValid() && hdr.options[1].two.isValid()) {
            hdr.options[2] = hdr.options[1];
        }
        if (standard_metadata.parser_error != error.NoError) {
            standard_metadata.egress_spec = 3;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.options); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
