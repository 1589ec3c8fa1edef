// exit and return within switch cases, after an action that a table ran.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action a(bit<8> v) { hdr.o.x = v; }
    action b(bit<8> v) { hdr.o.y = v; }
    table t {
        key = { hdr.i.a : exact; }
        actions = { a; b; }
        const entries = { 1 : a(1); 2 : b(2); }
        const default_action = a(9);
    }

    apply {
        switch (t.apply().action_run) {
            a: {
                if (hdr.i.b == 1) {
                    exit;
                }
                hdr.o.z = 1;
            }
            b: { return; }
        }
        hdr.o.w = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
