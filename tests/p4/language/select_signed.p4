// select on signed values, with ranges below zero and masks.
#include <core.p4>
#include <v1model.p4>

header frame_t {
    int<8> s;
    bit<8> n;
}

struct headers_t { frame_t frame; }
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state one {
        hdr.frame.n = 1;
        transition accept;
    }
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.s) {
            -5 .. 5: one;
            -8s100: two;
            100 .. 127: three;
            default: accept;
        }
    }
    state two {
        hdr.frame.n = 2;
        transition accept;
    }
    state three {
        hdr.frame.n = 3;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
