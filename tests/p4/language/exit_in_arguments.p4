// An action that exits while a call is under way copies out what was changed before.
#include "include/values.p4"

control Leave(inout bit<8> n, in bool now) {
    action leave() {
        n = n + 1;
        exit;
    }
    table t {
        key = { now : exact; }
        actions = { leave; NoAction; }
        const entries = { true : leave(); }
        const default_action = NoAction();
    }
    apply {
        n = n + 0x10;
        if (t.apply().hit) {
            n = 0xee;
        }
        n = n + 0x20;
    }
}
control Around(inout headers_t h, in bool now) {
    Leave() leave;
    apply {
        h.o.x = 1;
        leave.apply(h.o.y, now);
        h.o.z = 1;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Around() around;

    apply {
        hdr.o.y = 2;
        around.apply(hdr, hdr.i.a == 1);
        hdr.o.w = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
