// Conditions that call: each operand once, in order, in if, switch, ?: and as a table's key.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> n = 0;
    action set(bit<8> v) { hdr.o.y = v; }
    table t {
        key = {
            next(n) : exact @name("first");
            n : exact @name("second");
        }
        actions = { set; NoAction; }
        const entries = { (3, 3) : set(0x33); (3, 2) : set(0x32); }
        const default_action = set(0xee);
    }

    apply {
        if (next(n) == 1) {
            hdr.o.x = n;
        } else if (next(n) == 2) {
            hdr.o.x = 0xee;
        }
        switch (next(n)) {
            2: { hdr.o.z = (bit<16>)n; }
            3: { hdr.o.z = 0xeeee; }
        }
        t.apply();
        hdr.o.w = (next(n) == 4 ? next(n) : next(n) + 0x10) ++ n ++ 16w0;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
