// The longest prefix among const entries wins, wherever it stands.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v) { hdr.o.x = v; }
    table t {
        key = { hdr.i.d : lpm; hdr.i.a : exact; }
        actions = { set; NoAction; }
        const entries = {
            (0x0a000000 &&& 0xff000000, 1) : set(8);
            (0x0a010000 &&& 0xffff0000, 1) : set(16);
            (0x0a010203, 1) : set(32);
            (0x00000000 &&& 0, 2) : set(1);
            (_, 1) : set(2);
        }
        const default_action = set(0xee);
    }

    apply {
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
