// Functions, actions with directions, and the order of copies.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

bit<8> twice(in bit<8> x) { return x + x; }
bit<8> bump(inout bit<8> x) {
    x = x + 1;
    return x;
}
T first<T>(in T x, in T y) { return x; }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action add(inout bit<8> to, in bit<8> by, bit<8> more) { to = to + by + more; }
    action set_both(out bit<8> x, out bit<8> y) {
        x = 1;
        y = 2;
    }
    table adding {
        key = { hdr.frame.kind : exact; }
        actions = { add(hdr.frame.a, twice(3)); NoAction; }
        const entries = { 1 : add(hdr.frame.a, twice(3), 0x10); }
    }
    apply {
        standard_metadata.egress_spec = 1;
        bit<8> x = hdr.frame.a;
        if (hdr.frame.kind == 0) {
            hdr.frame.b = bump(x) ++ bump(x);
            hdr.frame.a = x;
        } else if (hdr.frame.kind == 1) {
            adding.apply();
        } else if (hdr.frame.kind == 2) {
            set_both(x, x);
            hdr.frame.a = x;
        } else if (hdr.frame.kind == 3) {
            add(x, x, first(x, 8w9));
            hdr.frame.a = x;
        } else if (hdr.frame.kind == 4) {
            hdr.frame.a = x + bump(x) + x;
        } else if (hdr.frame.kind == 5) {
            bool no = false;
            if (no && bump(x) == 0) { }
            if (!no || bump(x) == 0) { }
            hdr.frame.a = x;
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
