// Entries with priorities: a larger one wins unless the table says otherwise (P4-16 14.2.1.4).
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v) { hdr.o.x = v; }
    action mark(bit<8> v) { hdr.o.y = v; }
    table large {
        key = { hdr.i.a : ternary; }
        actions = { set; NoAction; }
        entries = {
            priority = 10 : 0x10 &&& 0xf0 : set(1);
            const priority = 20 : 0x11 : set(2);
            priority = 5 : _ : set(3);
        }
        default_action = NoAction();
    }
    table small {
        key = { hdr.i.a : ternary; }
        actions = { mark; NoAction; }
        largest_priority_wins = false;
        entries = {
            priority = 10 : 0x10 &&& 0xf0 : mark(1);
            priority = 20 : 0x11 : mark(2);
            priority = 5 : 0x12 : mark(3);
            _ : mark(4);
        }
        default_action = NoAction();
    }

    apply {
        large.apply();
        small.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
