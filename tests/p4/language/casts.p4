// bit to int and back keeps bits; widening follows the sign of the source; bool and bit<1> are one another.
#include "include/values.p4"

type bit<8> code_t;
enum bit<8> kind_t { One = 1, Two = 2 }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<4> n = hdr.i.a[3:0];
        int<4> s = (int<4>)n;
        hdr.o.x = (bit<8>)(int<8>)s;
        hdr.o.y = (bit<8>)(bit<8>)n;
        hdr.o.z = (bit<16>)(int<16>)(int<8>)hdr.i.a;
        code_t c = (code_t)hdr.i.a;
        kind_t k = (kind_t)hdr.i.b;
        bool b = (bool)hdr.i.a[0:0];
        hdr.o.w = (bit<8>)c ++ (bit<8>)k ++ 7w0 ++ (bit<1>)b ++ (k == kind_t.Two ? 8w1 : 8w0);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
