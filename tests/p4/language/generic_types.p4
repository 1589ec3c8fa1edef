// Generic structs, headers and functions over them; the same type with other arguments is another one.
#include "include/values.p4"

struct pair_t<L, R> {
    L l;
    R r;
}
header box_t<T> {
    T      n;
    bit<8> after;
}
R second<L, R>(in pair_t<L, R> p) {
    return p.r;
}
pair_t<R, L> turned<L, R>(in pair_t<L, R> p) {
    pair_t<R, L> q = { l = p.r, r = p.l };
    return q;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        pair_t<bit<8>, bit<16>> p = { hdr.i.a, hdr.i.c };
        pair_t<bit<16>, bit<8>> q = turned(p);
        hdr.o.x = second(q);
        hdr.o.z = second(p);
        box_t<bit<24>> b;
        b.setValid();
        b.n = hdr.i.d[31:8];
        b.after = 7;
        box_t<bit<24>> c = b;
        hdr.o.w = c.n ++ c.after;
        pair_t<pair_t<bit<8>, bit<8>>, bool> n = { { 1, 2 }, c.isValid() };
        hdr.o.y = n.r ? n.l.l + n.l.r : 0;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
