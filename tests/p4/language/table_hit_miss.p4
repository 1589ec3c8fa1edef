// hit and miss of a table, in conditions with other operands, and with a table that has no key.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v) { hdr.o.x = v; }
    action touch() { hdr.o.w = hdr.o.w + 1; }
    table t {
        key = { hdr.i.a : exact; }
        actions = { set; NoAction; }
        const entries = { 1 : set(1); }
        default_action = set(0xee);
    }
    table keyless {
        actions = { touch; }
        const default_action = touch();
    }
    table second {
        key = { hdr.i.b : exact; }
        actions = { touch; NoAction; }
        const entries = { 1 : touch(); }
        const default_action = NoAction();
    }

    apply {
        if (!t.apply().hit && second.apply().hit) {
            hdr.o.y = 1;
        }
        bool missed = t.apply().miss;
        if (missed || second.apply().miss) {
            hdr.o.z[7:0] = 1;
        }
        if (keyless.apply().hit) {
            hdr.o.z[15:8] = 1;
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
