// return ends the function, the action or the control that it stands in, and only that.
#include "include/values.p4"

bit<8> sign(in bit<8> v) {
    if (v == 0) {
        return 0;
    }
    if (v[7:7] == 1) {
        return 0xff;
    } else {
        return 1;
    }
}
control Inner(inout bit<16> z, in bit<8> a) {
    action set() {
        z = 1;
        if (a == 0) {
            return;
        }
        z = 2;
    }
    apply {
        set();
        if (a == 1) {
            return;
        }
        z = z + 0x100;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Inner() inner;

    apply {
        hdr.o.x = sign(hdr.i.a);
        inner.apply(hdr.o.z, hdr.i.a);
        hdr.o.y = 1;
        if (hdr.i.b == 1) {
            return;
        }
        hdr.o.w = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
