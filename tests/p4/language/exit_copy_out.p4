// exit in a control that another one applied: both copy out, none of the rest runs.
#include "include/values.p4"

control Deep(inout bit<8> n) {
    apply {
        n = n + 1;
        if (n == 6) {
            exit;
        }
        n = n + 1;
    }
}
control Middle(inout bit<8> n, out bit<8> m) {
    Deep() deep;
    apply {
        m = 3;
        deep.apply(n);
        m = 4;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Middle() middle;
    action run(inout bit<8> n) {
        n = n + 0x20;
        exit;
    }

    apply {
        hdr.o.x = hdr.i.a;
        middle.apply(hdr.o.x, hdr.o.y);
        hdr.o.z = 1;
        if (hdr.i.b == 1) {
            run(hdr.o.x);
        }
        hdr.o.w = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
