// The index on the left is taken before the right side runs; an inout argument's place before the call.
#include "include/values.p4"

header item_t { bit<8> n; }
bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
void put(inout bit<8> index, out bit<8> n) {
    index = index + 1;
    n = 7;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        item_t[3] s;
        s[0] = { 0 };
        s[1] = { 0 };
        s[2] = { 0 };
        bit<8> i = hdr.i.a;
        s[i].n = next(i);
        hdr.o.x = s[0].n;
        hdr.o.y = s[1].n;
        i = hdr.i.a;
        put(i, s[i].n);
        hdr.o.z = s[0].n ++ s[1].n;
        i = hdr.i.a;
        s[i] = { next(i) + 8 };
        s[next(i)].n = i + 0x20;
        hdr.o.w = s[0].n ++ s[1].n ++ s[2].n ++ i;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
