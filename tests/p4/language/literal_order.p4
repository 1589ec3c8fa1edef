// A struct expression sets fields by their names, in whatever order they are written.
#include "include/values.p4"

struct three_t {
    bit<8> l;
    bit<8> m;
    bit<8> r;
}
bit<24> bits(in three_t t) {
    return t.l ++ t.m ++ t.r;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        three_t t = { r = hdr.i.a, l = hdr.i.b, m = 3 };
        hdr.o.x = t.l;
        hdr.o.y = t.m;
        hdr.o.z = (bit<16>)t.r;
        t = { m = t.l, r = t.m, l = t.r };
        bool same = t == (three_t){ m = hdr.i.b, l = hdr.i.a, r = 3 };
        hdr.o.w = bits({ m = t.l, r = t.m, l = t.r }) ++ (same ? 8w1 : 8w0);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
