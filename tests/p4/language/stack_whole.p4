// Stacks are assigned, compared and passed whole; their size is a constant.
#include "include/values.p4"

header item_t { bit<8> n; }
void fill(inout item_t[2] items, in bit<8> n) {
    items[0] = { n };
    items[1].setInvalid();
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        item_t[2] l;
        item_t[2] r;
        hdr.o.x = l == r ? 8w1 : 8w0;
        fill(l, 5);
        hdr.o.y = l == r ? 8w1 : 8w0;
        r = l;
        r[1].n = 3;
        hdr.o.z = (bit<8>)(bit<1>)(l == r) ++ 8w0;
        r[1].setValid();
        hdr.o.w = (l == r ? 8w1 : 8w0) ++ r[0].n ++ (bit<8>)l.size ++ (bit<8>)(bit<1>)(l[1].isValid());
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
