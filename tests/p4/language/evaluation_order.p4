// Operands and arguments are evaluated from left to right, each with the effects of those before it.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
bit<8> minus(in bit<8> l, in bit<8> r) {
    return l - r;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> v = 0;
        hdr.o.x = next(v) * 16 + next(v);
        hdr.o.y = minus(next(v), next(v));
        v = 0x10;
        hdr.o.z = v ++ next(v);
        v = 1;
        bit<8> before = minus(v, next(v));
        bit<8> after = next(v) - v;
        hdr.o.w = before ++ after ++ v ++ 8w9;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
