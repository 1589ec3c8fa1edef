// A table applied by two branches and a switch counts as one, with one default action.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> n = 0;
    action up(bit<8> by) { n = n + by; }
    action down(bit<8> by) { n = n - by; }
    table t {
        key = { n : ternary @name("n"); }
        actions = { up; down; }
        const default_action = up(1);
    }

    apply {
        t.apply();
        if (n > 1) {
            switch (t.apply().action_run) {
                down: { hdr.o.y = 1; t.apply(); }
                up: { hdr.o.y = 2; }
            }
        } else {
            t.apply();
        }
        hdr.o.x = n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
