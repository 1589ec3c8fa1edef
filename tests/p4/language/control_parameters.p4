// Parameters of a control are copies; constructor parameters are constants of the instance.
#include "include/values.p4"

control Scale(in bit<8> v, out bit<8> result)(bit<8> factor, bool negative) {
    apply {
        result = v * factor;
        if (negative) {
            result = -result;
        }
    }
}
control Both(in bit<8> v, inout headers_t h)(bit<8> k) {
    Scale(k, false) plain;
    Scale(k + 1, true) inverse;
    apply {
        plain.apply(v, h.o.x);
        inverse.apply(v, h.o.y);
    }
}
control Change(inout bit<8> l, in bit<8> r, out bit<8> s) {
    apply {
        s = 1;
        l = l + r;
        l = l + r;
        s = s + r;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Both(3) both;
    Change() c;

    apply {
        both.apply(hdr.i.a, hdr);
        bit<8> v = 5;
        bit<8> u = 0;
        c.apply(v, v, u);
        hdr.o.z = v ++ u;
        c.apply(v, u, u);
        hdr.o.w[15:0] = v ++ u;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
