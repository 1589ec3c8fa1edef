// Named arguments may come in any order and are evaluated in that order; defaults fill in.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
bit<8> weigh(in bit<8> l, in bit<8> r = 3, in bit<8> s = 1) {
    return l * r + s;
}
control Sum(inout bit<16> total, in bit<16> step = 2) {
    apply { total = total + step; }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(in bit<8> v, inout bit<8> to) { to = v; }
    Sum() sum;

    apply {
        hdr.o.x = weigh(hdr.i.a) + weigh(s = 0, l = 1, r = hdr.i.a);
        set(to = hdr.o.y, v = weigh(l = 2, s = 2));
        sum.apply(hdr.o.z);
        sum.apply(step = 5, total = hdr.o.z);
        bit<8> v = 4;
        hdr.o.w[7:0] = weigh(s = next(v), r = next(v), l = next(v));
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
