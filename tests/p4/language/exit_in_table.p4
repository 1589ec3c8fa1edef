// An action of a table that exits ends the control; the statements behind apply do not run.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action leave(bit<8> v) {
        hdr.o.x = v;
        exit;
    }
    action stay(bit<8> v) {
        hdr.o.x = v;
    }
    table t {
        key = { hdr.i.a : exact; }
        actions = { leave; stay; NoAction; }
        const entries = {
            1 : leave(0x11);
            2 : stay(0x22);
        }
        const default_action = NoAction();
    }

    apply {
        hdr.o.x = 0xee;
        if (t.apply().hit) {
            hdr.o.y = 1;
        } else {
            hdr.o.y = 2;
        }
        switch (t.apply().action_run) {
            stay: { exit; }
            leave: { hdr.o.z = 1; }
        }
        hdr.o.w = 3;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
