// Keys of kind optional match one value or any; those of kind range a closed interval.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v) { hdr.o.x = v; }
    table t {
        key = {
            hdr.i.a : optional;
            hdr.i.b : range;
            hdr.i.c : ternary;
        }
        actions = { set; NoAction; }
        const entries = {
            (1, 5 .. 7, _) : set(1);
            (_, 7, 0x8000 &&& 0x8000) : set(2);
            (3, _, 9) : set(3);
        }
        const default_action = NoAction();
    }

    apply {
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
