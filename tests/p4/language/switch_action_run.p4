// switch on the action that ran: labels that fall through, default, and a table's default action.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action one(bit<8> v) { hdr.o.x = v; }
    action two() { hdr.o.x = 2; }
    action three() { }
    table t {
        key = { hdr.i.a : exact; }
        actions = { one; two; three; NoAction; }
        const entries = {
            1 : one(0x11);
            2 : two();
            3 : three();
        }
        const default_action = one(0xdd);
    }

    apply {
        switch (t.apply().action_run) {
            two:
            three: { hdr.o.y = 1; }
            one: { hdr.o.y = 2; }
            default: { hdr.o.y = 3; }
        }
        switch (t.apply().action_run) {
            three: { hdr.o.z = 7; return; }
            default: { hdr.o.z = 1; }
        }
        hdr.o.w = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
