// A table's key uses what was changed before it, its result what was changed after.
#include "include/values.p4"

bit<8> rotate(in bit<8> v, in bit<8> by) {
    return (v << by) | (v >> (8 - by));
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> round = 0;
    action take(bit<8> v) {
        hdr.o.x = rotate(hdr.o.x ^ v, 3);
        round = round + 1;
    }
    table t {
        key = {
            hdr.o.x[1:0] : exact @name("low");
            round : exact @name("round");
        }
        actions = { take; }
        const entries = {
            (1, 0) : take(0x10);
            (0, 1) : take(0x20);
            (3, 1) : take(0xff);
        }
        const default_action = take(0x80);
    }

    apply {
        hdr.o.x = hdr.i.a;
        t.apply();
        t.apply();
        t.apply();
        hdr.o.y = round;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
