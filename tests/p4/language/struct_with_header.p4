// Structs that hold headers, stacks and unions go through functions, actions and controls.
#include "include/values.p4"

header item_t { bit<8> n; }
struct all_t {
    item_t    h;
    item_t[2] s;
    bit<8>    n;
}
all_t made(in bit<8> n) {
    all_t a;
    a.h = { n };
    a.s[1] = { n + 1 };
    a.n = n + 2;
    return a;
}
void drop(inout all_t a) {
    a.h.setInvalid();
    a.s.pop_front(1);
}
control Sum(in all_t a, out bit<8> n) {
    apply {
        n = a.n;
        if (a.h.isValid()) {
            n = n + a.h.n;
        }
        if (a.s[0].isValid()) {
            n = n + a.s[0].n;
        }
        if (a.s[1].isValid()) {
            n = n + a.s[1].n;
        }
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Sum() sum;

    apply {
        all_t a = made(hdr.i.a);
        sum.apply(a, hdr.o.x);
        drop(a);
        sum.apply(a, hdr.o.y);
        bit<8> z;
        sum.apply(made(1), z);
        hdr.o.z = (bit<16>)z;
        all_t b = a;
        b.s[1] = b.s[0];
        sum.apply(b, z);
        hdr.o.w = z ++ b.s[1].n ++ (a == b ? 8w1 : 8w0) ++ (a.s[0] == b.s[1] ? 8w1 : 8w0);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
