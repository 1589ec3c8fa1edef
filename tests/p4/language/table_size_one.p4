// Entries of the control plane on exact keys of several fields; a priority is not needed for them.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v, bit<16> u) {
        hdr.o.x = v;
        hdr.o.z = u;
    }
    table t {
        key = {
            hdr.i.a : exact;
            hdr.i.d : lpm;
        }
        actions = { set; NoAction; }
        size = 16;
    }

    apply {
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
