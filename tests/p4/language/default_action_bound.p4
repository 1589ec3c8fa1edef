// A default action whose inout parameters the table binds, and entries of the control plane for it.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action add(inout bit<8> to, in bit<8> v, bit<8> data) {
        to = to + v + data;
    }
    action leave(inout bit<8> to) {
        to = 0x77;
        exit;
    }
    table t {
        key = { hdr.i.a : exact; }
        actions = { add(hdr.o.x, hdr.i.b); leave(hdr.o.y); }
        default_action = add(hdr.o.x, hdr.i.b, 3);
    }

    apply {
        t.apply();
        hdr.i.b = hdr.i.b + 1;
        t.apply();
        hdr.o.z = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
