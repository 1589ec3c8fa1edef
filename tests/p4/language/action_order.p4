// Assignments in an action, which an entry's data and its own results feed, happen one after another.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action chain(bit<8> first, bit<16> second) {
        hdr.o.x = first;
        hdr.o.y = hdr.o.x + 1;
        hdr.o.x = hdr.o.y + hdr.o.x;
        hdr.o.z = second + (bit<16>)hdr.o.x;
        hdr.o.w = hdr.o.z ++ second;
        if (first == 2) {
            hdr.o.w[7:0] = 0xff;
        } else {
            hdr.o.w[7:0] = first;
        }
    }
    table t {
        key = { hdr.i.a : exact; }
        actions = { chain; }
        const entries = { 1 : chain(1, 0x0100); 2 : chain(second = 0x0200, first = 2); }
        const default_action = chain(0, 0);
    }

    apply {
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
