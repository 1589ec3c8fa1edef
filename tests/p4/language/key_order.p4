// Keys are evaluated in the order in which they are written, each before the effects of those behind it (P4-16 14.2.1.1).
#include "include/values.p4"

bit<8> taken(inout bit<8> from) {
    bit<8> old = from;
    from = 0;
    return old;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action found(bit<8> n) { hdr.o.x = n; }
    table keys {
        key = {
            hdr.i.a          : exact @name("before");
            taken(hdr.i.a)   : exact @name("taken");
            hdr.i.a + 1      : exact @name("behind");
        }
        actions = { found; }
        default_action = found(0);
        const entries = {
            (5, 5, 1) : found(1);
            (0, 5, 1) : found(2);
            (5, 5, 6) : found(3);
        }
    }
    apply {
        keys.apply();
        hdr.o.y = hdr.i.a;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
