// A control that is applied twice begins with fresh locals each time; its instance has its own name.
#include "include/values.p4"

control Add(inout bit<8> n, in bit<8> step) {
    bit<8> count = 0;
    action bump() { count = count + step; }
    apply {
        bump();
        bump();
        n = n + count;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Add() add;
    Add() other;

    apply {
        hdr.o.x = 1;
        add.apply(hdr.o.x, 2);
        add.apply(hdr.o.x, 3);
        hdr.o.y = hdr.o.x;
        other.apply(step = 1, n = hdr.o.y);
        Add.apply(hdr.o.y, 8);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
