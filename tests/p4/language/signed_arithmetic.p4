// int<N> wraps in two's complement, compares with its sign, and shifts right with it.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        int<8> l = (int<8>)hdr.i.a;
        int<8> r = (int<8>)hdr.i.b;
        hdr.o.x = (bit<8>)(l + r);
        hdr.o.y = (bit<8>)(l >> 2);
        hdr.o.z = (bit<8>)(l * r) ++ (bit<8>)(-l);
        hdr.o.w = (l < r ? 8w1 : 8w0) ++ (l >= 0 ? 8w1 : 8w0) ++ (bit<8>)(l >> 9) ++ (bit<8>)(l << 3);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
