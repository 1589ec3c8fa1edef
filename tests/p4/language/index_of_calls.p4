// Indices that are calls, in reads, in writes, in arguments, twice in one expression.
#include "include/values.p4"

header item_t { bit<8> n; }
bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
void add(inout bit<8> n, in bit<8> by) {
    n = n + by;
}
bit<8> limit(in bit<8> v, in bit<8> most) {
    return v < most ? v : most;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        item_t[4] s;
        s[0] = { 0x10 };
        s[1] = { 0x11 };
        s[2] = { 0x12 };
        s[3] = { 0x13 };
        bit<8> i = 0;
        hdr.o.x = s[next(i)].n + s[next(i)].n;
        i = 0;
        s[next(i)].n = s[next(i)].n;
        hdr.o.y = s[1].n;
        i = 0;
        add(s[next(i)].n, next(i));
        hdr.o.z = s[1].n ++ i;
        add(s[limit(hdr.i.a, 3)].n, s[limit(hdr.i.b, 3)].n);
        s[limit(hdr.i.a, 2)] = s[limit(hdr.i.b, 3)];
        hdr.o.w = s[0].n ++ s[1].n ++ s[2].n ++ s[3].n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
