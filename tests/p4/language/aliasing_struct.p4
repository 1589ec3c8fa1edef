// A struct passed with one of its fields, and a header with itself.
#include "include/values.p4"

struct pair_t {
    bit<8> l;
    bit<8> r;
}
void mix(inout pair_t p, inout bit<8> n) {
    p.l = n + 1;
    n = p.l + p.r;
    p.r = 0;
}
void both(inout output_t l, in output_t r) {
    l.x = 9;
    l.y = r.x;
    l.setInvalid();
    l.setValid();
    l = { 1, r.x, 0, 0 };
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        pair_t p = { 1, 2 };
        mix(p, p.l);
        hdr.o.x = p.l;
        hdr.o.y = p.r;
        pair_t q = { 1, 2 };
        mix(q, q.r);
        output_t h = { 5, 6, 7, 8 };
        both(h, h);
        hdr.o.z = q.l ++ q.r;
        hdr.o.w = h.x ++ h.y ++ 16w0;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
