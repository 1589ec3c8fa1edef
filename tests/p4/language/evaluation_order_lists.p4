// The elements of a list and of a struct expression are evaluated in the order they are written.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
struct pair_t {
    bit<8> l;
    bit<8> r;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> v = 0;
        pair_t p = { next(v), next(v) };
        hdr.o.x = p.l;
        hdr.o.y = p.r;
        p = { r = next(v), l = next(v) };
        hdr.o.z = p.l ++ p.r;
        tuple<bit<8>, bit<8>, bit<8>> t = { v, next(v), v };
        hdr.o.w = t[0] ++ t[1] ++ t[2] ++ v;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
