// Entries with a range that ends before it begins match nothing (8.16.4), and those behind them keep their priorities.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set_x(bit<8> value) { hdr.o.x = value; }
    action set_y(bit<8> value) { hdr.o.y = value; }
    action set_z(bit<16> value) { hdr.o.z = value; }
    table unsigned_range {
        key = { hdr.i.a : range; }
        actions = { set_x; NoAction; }
        const entries = {
            9 .. 2 : set_x(1);
            4 .. 4 : set_x(2);
            5 .. 4 : set_x(3);
            0 .. 7 : set_x(4);
        }
        const default_action = NoAction();
    }
    // Of signed numbers: -5 .. 3 has members, 3 .. -5 has none.
    table signed_range {
        key = { (int<8>)hdr.i.b : range; }
        actions = { set_y; NoAction; }
        const entries = {
            8s3 .. -8s5 : set_y(1);
            -8s5 .. 8s3 : set_y(2);
        }
        const default_action = NoAction();
    }
    // The empty entry has the priority 95, so that the next one has 90, and the last one wins over it.
    table with_priorities {
        key = { hdr.i.c : range; hdr.i.a : ternary; }
        actions = { set_z; NoAction; }
        priority_delta = 5;
        entries = {
            priority = 100: (1 .. 9, _) : set_z(1);
            (9 .. 1, _) : set_z(2);
            (0 .. 20, _) : set_z(3);
            priority = 92: (0 .. 30, _) : set_z(4);
        }
    }
    // No entry is left.
    table all_empty {
        key = { hdr.i.a : range; }
        actions = { set_x; NoAction; }
        const entries = { 255 .. 0 : set_x(0xee); }
        const default_action = NoAction();
    }
    apply {
        unsigned_range.apply();
        signed_range.apply();
        with_priorities.apply();
        all_empty.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
