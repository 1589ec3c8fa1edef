// Enums compare, are assigned and are copied; one without values begins with its first member.
#include "include/values.p4"

enum color_t { Red, Green, Blue }
struct pair_t {
    color_t c;
    bit<8>  n;
}
color_t follow(in color_t c) {
    if (c == color_t.Red) {
        return color_t.Green;
    }
    return c == color_t.Green ? color_t.Blue : color_t.Red;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        color_t c = color_t.Red;
        pair_t p = { color_t.Blue, 1 };
        pair_t q = p;
        hdr.o.x = follow(c) == color_t.Green ? 8w1 : 8w0;
        hdr.o.y = p == q ? 8w1 : 8w0;
        q.c = follow(follow(c));
        hdr.o.z = q == p ? 16w1 : 16w0;
        q.c = follow(q.c);
        switch (q.c) {
            color_t.Red: { hdr.o.w = 1; }
            color_t.Green: { hdr.o.w = 2; }
            default: { hdr.o.w = 3; }
        }
        hdr.o.w[31:31] = (bit<1>)(q != p);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
