// default_action with arguments, also changed by the control plane; NoAction when there is none.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> before = 0;
    action set(bit<8> v, bit<16> u) {
        hdr.o.x = v;
        hdr.o.z = u;
    }
    table given {
        actions = { set; NoAction; }
        default_action = set(5, 0x0607);
    }
    action mark(bit<8> v) { hdr.o.y = v; }
    table none {
        key = { hdr.i.a : exact; }
        actions = { mark; }
    }

    apply {
        given.apply();
        if (none.apply().miss) {
            hdr.o.w = 1;
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
