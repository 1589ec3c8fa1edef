// A struct within a header is its fields; bool fields take one bit.
#include <core.p4>
#include <v1model.p4>

struct flags_t {
    bool   first;
    bit<3> middle;
    bool   last;
}
header frame_t {
    bit<8>  n;
    flags_t flags;
    bit<3>  rest;
    int<8>  s;
}

struct headers_t { frame_t frame; }
struct metadata_t { flags_t flags; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        meta.flags = hdr.frame.flags;
        transition select(hdr.frame.flags.first) {
            true: swap;
            false: accept;
        }
    }
    state swap {
        hdr.frame.flags = { hdr.frame.flags.last, ~hdr.frame.flags.middle, hdr.frame.flags.first };
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v) { hdr.frame.n = v; }
    table t {
        key = {
            hdr.frame.flags.first : exact;
            meta.flags.last : exact;
            hdr.frame.s : exact;
        }
        actions = { set; NoAction; }
        const entries = {
            (true, true, -1) : set(1);
            (false, true, 5) : set(2);
            (false, false, -128) : set(3);
        }
        const default_action = NoAction();
    }
    apply {
        t.apply();
        if (hdr.frame.flags.last == meta.flags.last) {
            hdr.frame.s = -hdr.frame.s;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
