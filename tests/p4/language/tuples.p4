// Tuples hold values of several types, are indexed by constants, copied, compared and swapped.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        tuple<bit<8>, bit<16>> t = { hdr.i.a, hdr.i.c };
        tuple<bit<8>, bit<16>> u = t;
        u = { u[0] + 1, u[1] };
        hdr.o.x = u[0];
        hdr.o.y = t == u ? 8w1 : 8w0;
        u = t;
        hdr.o.z = (t == u ? 8w1 : 8w0) ++ t[1][7:0];
        tuple<bit<8>, bit<8>> s = { 1, 2 };
        s = { s[1], s[0] };
        tuple<tuple<bit<8>, bit<8>>, bit<16>> n = { s, 5 };
        hdr.o.w = n[0][0] ++ n[0][1] ++ n[1];
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
