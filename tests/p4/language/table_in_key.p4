// A table that is applied for another one's key (§12.5): at each apply, in the order of the keys; its exit leaves both.
#include <core.p4>
#include <v1model.p4>

header h_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
}
struct headers_t { h_t h; }
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.h);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action count() { hdr.h.b = hdr.h.b + 1; }
    action leave() { hdr.h.b = 0xee; exit; }
    action set(bit<8> c) { hdr.h.c = c; }
    table inner {
        key = { hdr.h.a : exact; }
        actions = { count; leave; NoAction; }
        const entries = {
            1: count();
            2: leave();
        }
    }
    table outer {
        key = {
            hdr.h.b : exact;
            inner.apply().hit : exact @name("inner_hit");
            hdr.h.b : exact @name("b_after");
        }
        actions = { set; NoAction; }
        const entries = {
            (0x10, true, 0x11): set(0xa1);
            (0x11, true, 0x12): set(0xa2);
            (0x10, false, 0x10): set(0xa3);
        }
    }
    apply {
        outer.apply();
        if (hdr.h.a == 1) {
            outer.apply();
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
