// An enum with values holds any value of its type; an unknown one equals no member.
#include <core.p4>
#include <v1model.p4>

const bit<8> base = 0x10;

enum bit<8> kind_t {
    Small = 1,
    Large = base + 2,
    Same  = 1
}

header frame_t {
    kind_t kind;
    bit<8> result;
}

struct headers_t { frame_t frame; }
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.kind) {
            kind_t.Large: large;
            default: accept;
        }
    }
    state large {
        hdr.frame.result = 0xf0;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (hdr.frame.kind == kind_t.Same) {
            hdr.frame.result = 1;
            hdr.frame.kind = kind_t.Large;
        } else if (hdr.frame.kind == kind_t.Large) {
            hdr.frame.result = hdr.frame.result + 2;
        } else {
            hdr.frame.result = (bit<8>)hdr.frame.kind + 1;
        }
        switch (hdr.frame.kind) {
            kind_t.Small: { hdr.frame.result = 0; }
            kind_t.Large: { hdr.frame.result = hdr.frame.result | 0x80; }
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
