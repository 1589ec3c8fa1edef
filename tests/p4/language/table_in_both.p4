// One table applied twice and in both branches of a condition; its key is made anew each time.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> seen = 0;
    action add(bit<8> v) {
        seen = seen + v;
        hdr.o.y = hdr.o.y + 1;
    }
    table t {
        key = { hdr.i.a + seen : exact @name("sum"); }
        actions = { add; NoAction; }
        const entries = { 1 : add(3); 4 : add(0x10); }
        const default_action = NoAction();
    }

    apply {
        if (hdr.i.b == 0) {
            t.apply();
            t.apply();
        } else {
            t.apply();
            hdr.o.z = 1;
        }
        hdr.o.x = seen;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
