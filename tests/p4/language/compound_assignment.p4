// op= reads and writes its left side once, for each operator.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> v = hdr.i.a;
        v += 3;
        v *= 2;
        v -= 1;
        v ^= 0x0f;
        hdr.o.x = v;
        v |= 0x80;
        v &= 0xf0;
        v >>= 2;
        hdr.o.y = v;
        v <<= 1;
        v += next(v);
        hdr.o.z = (bit<16>)v;
        hdr.o.w = 100;
        hdr.o.w |-|= 101;
        hdr.o.w[7:0] += 5;
        int<16> s = -9;
        s >>= 1;
        hdr.o.w[31:16] = (bit<16>)s;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
