// `...` fills what is left with 0, false, the first member, and invalid headers (P4-16 7.3).
#include "include/values.p4"

enum color_t { Red, Green }
struct all_t {
    bit<8>   n;
    bool     b;
    color_t  c;
    error    e;
    output_t h;
    int<8>   s;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        all_t a = { n = hdr.i.a, ... };
        bool good = a.n == 5 && !a.b && a.c == color_t.Red && a.e == error.NoError && !a.h.isValid() && a.s == 0;
        hdr.o.x = good ? 8w1 : 8w0;
        all_t b = { 7, true, ... };
        hdr.o.y = b.n + (b.b && !b.h.isValid() && b.s == 0 ? 8w1 : 8w0);
        output_t h = { x = 1, z = 3, ... };
        hdr.o.z = h.z + (bit<16>)h.y;
        hdr.o.w[7:0] = (bit<8>)(bit<1>)h.isValid();
        all_t c = ...;
        c.n = c.n + 4;
        hdr.o.w[31:24] = c.n;
        hdr.i = ...;
        hdr.o.w[23:16] = (bit<8>)(bit<1>)hdr.i.isValid();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
