// An action called directly takes all arguments; in a table, those with directions are bound there.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action add(inout bit<8> to, in bit<8> v, bit<8> data) {
        to = to + v + data;
    }
    action write(out bit<16> to, bit<16> data) {
        to = data;
    }
    table t {
        key = { hdr.i.a : exact; }
        actions = { add(hdr.o.x, hdr.i.b); write(hdr.o.z); @defaultonly NoAction; }
        const entries = {
            1 : add(hdr.o.x, hdr.i.b, 3);
            2 : write(hdr.o.z, 0x1234);
            3 : add(hdr.o.x, hdr.i.b, 4);
        }
        default_action = NoAction();
    }

    apply {
        hdr.o.x = 1;
        t.apply();
        add(hdr.o.y, 2, hdr.i.a);
        hdr.i.b = 0x40;
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
