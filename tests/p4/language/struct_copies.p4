// Structs in structs are copied by value, into metadata, back, and part by part.
#include "include/values.p4"

struct inner_t {
    bit<8> l;
    bit<8> r;
}
struct outer_t {
    inner_t a;
    inner_t b;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        outer_t o = { { 1, 2 }, { 3, 4 } };
        inner_t old = o.a;
        o.a = o.b;
        o.b = old;
        o.b.l = 9;
        hdr.o.x = o.a.l;
        hdr.o.y = o.b.l;
        hdr.o.z = o.b.r ++ old.l;
        o = { o.b, o.a };
        hdr.o.w = o.a.l ++ o.a.r ++ o.b.l ++ o.b.r;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
