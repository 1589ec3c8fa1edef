// exit leaves all callers, but what was computed is copied out first (P4-16 12.5); egress still runs.
#include "include/values.p4"

control Inner(inout bit<8> n) {
    action leave(inout bit<8> p) {
        p = p + 1;
        exit;
        p = 99;
    }
    apply {
        if (n == 5) {
            leave(n);
            n = 98;
        }
        n = n + 0x10;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Inner() inner;
    apply {
        hdr.o.x = hdr.i.a;
        inner.apply(hdr.o.x);
        hdr.o.y = 1;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.z = 0x1234;
        if (hdr.i.b == 1) {
            exit;
        }
        hdr.o.w = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), ValuesDeparser()) main;
