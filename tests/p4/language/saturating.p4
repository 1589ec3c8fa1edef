// |+| and |-| stop at the ends of the type.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = hdr.i.a |+| hdr.i.b;
        hdr.o.y = hdr.i.a |-| hdr.i.b;
        int<8> l = (int<8>)hdr.i.a;
        int<8> r = (int<8>)hdr.i.b;
        hdr.o.z = (bit<8>)(l |+| r) ++ (bit<8>)(l |-| r);
        bit<100> w = 0 |-| (bit<100>)1;
        bit<100> m = ~(bit<100>)0 |+| 1;
        bit<8> n = hdr.i.a;
        n |+|= 0xf0;
        hdr.o.w = w[7:0] ++ m[99:92] ++ n ++ (8w5 |-| 6);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
