// ?: gives structs, headers and values of any width; conditions may nest.
#include "include/values.p4"

struct pair_t {
    bit<8> l;
    bit<8> r;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        pair_t p = { 1, 2 };
        pair_t q = { 3, 4 };
        pair_t s = hdr.i.a == 0 ? p : q;
        hdr.o.x = s.l;
        output_t none;
        output_t some = { 1, 2, 3, 4 };
        output_t h = hdr.i.a == 0 ? none : some;
        hdr.o.y = (bit<8>)(bit<1>)h.isValid();
        bit<100> w = hdr.i.a == 0 ? 100w1 << 99 : 1;
        hdr.o.z = w[99:84];
        hdr.o.w = hdr.i.a < 1 ? 32w1 : hdr.i.a < 2 ? 32w2 : 3;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
