// Labels of a switch that constructor arguments make; keys of which a later one changes what an earlier one reads.
#include "include/values.p4"

control Classify(in bit<8> x, out bit<8> kind)(bit<8> first, int step) {
    apply {
        switch (x) {
            first: { kind = 1; }
            first + 1:
            first + step: { kind = 2; }
            default: { kind = 3; }
        }
    }
}
bit<8> count(inout bit<8> n) {
    n = n + 1;
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Classify(5, 4) classify;
    bit<8> n = 0;
    action found(bit<32> w) { hdr.o.w = w; }
    table t {
        key = {
            n        : exact @name("before");
            count(n) : exact @name("counted");
            n        : exact @name("after");
        }
        actions = { found; }
        const entries = {
            (0, 1, 1) : found(1);
            (1, 1, 1) : found(2);
            (1, 2, 2) : found(3);
        }
        default_action = found(4);
    }
    apply {
        classify.apply(hdr.i.a, hdr.o.x);
        classify.apply(hdr.i.b, hdr.o.y);
        t.apply();
        hdr.o.z = hdr.o.w[15:0];
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
