// `...` at the end of a list that is assigned replaces what a variable had (P4-16 8.28).
#include "include/values.p4"

struct pair_t { bit<8> a; bit<8> b; }
struct nest_t { pair_t p; bit<8> q; tuple<bit<8>, bool> t; }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        nest_t n = { { hdr.i.a, hdr.i.b }, hdr.i.a, { hdr.i.b, true } };
        n = { { hdr.i.b, ... }, ... };
        hdr.o.x = n.p.a;
        hdr.o.y = n.p.b + n.q + n.t[0] + (n.t[1] ? 8w1 : 8w0);
        tuple<bit<8>, bit<8>> t = { hdr.i.a, hdr.i.b };
        t = { hdr.i.b, ... };
        input_t[2] s = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } };
        s = { { hdr.i.a, ... }, ... };
        hdr.o.z = t[0] ++ t[1];
        hdr.o.w = s[0].a ++ s[0].b ++ (bit<8>)(bit<1>)s[0].isValid() ++ (bit<8>)(bit<1>)s[1].isValid();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
