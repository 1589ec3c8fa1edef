// switch within switch, over tables and numbers, with calls in between.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action one() { }
    action two() { }
    table t {
        key = { hdr.i.a : exact; }
        actions = { one; two; NoAction; }
        const entries = { 1 : one(); 2 : two(); }
        const default_action = NoAction();
    }
    table u {
        key = { hdr.i.b : exact; }
        actions = { one; two; NoAction; }
        const entries = { 1 : one(); 2 : two(); }
        const default_action = NoAction();
    }

    apply {
        switch (t.apply().action_run) {
            one: {
                switch (u.apply().action_run) {
                    one: { hdr.o.x = 0x11; }
                    NoAction: { hdr.o.x = 0x10; }
                }
                hdr.o.y = 1;
            }
            two: {
                hdr.i.b = hdr.i.b + 1;
                switch (hdr.i.b) {
                    1: { hdr.o.x = 0x20; }
                    default: {
                        if (u.apply().hit) {
                            hdr.o.x = 0x22;
                        } else {
                            return;
                        }
                    }
                }
                hdr.o.y = 2;
            }
            default: { hdr.o.y = 3; }
        }
        hdr.o.z = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
