// What an action of a table changes is seen by the next table; keys are read when it is applied.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> next = 0;
    action go(bit<8> to) {
        next = to;
        hdr.o.x = hdr.o.x + 1;
    }
    action done() {
        hdr.o.y = next;
    }
    table first {
        key = { next : exact; }
        actions = { go; done; NoAction; }
        const entries = {
            0 : go(5);
            5 : go(6);
        }
        const default_action = done();
    }
    table second {
        key = { next : exact; }
        actions = { go; done; NoAction; }
        const entries = { 5 : go(9); 6 : done(); }
        const default_action = NoAction();
    }

    apply {
        if (hdr.i.a == 0) {
            first.apply();
            second.apply();
            hdr.o.z[7:0] = next;
        } else {
            next = hdr.i.a;
            if (first.apply().hit) {
                if (second.apply().hit) {
                    hdr.o.z = 0x100;
                } else {
                    hdr.o.z = 0x200;
                }
            } else if (second.apply().hit) {
                hdr.o.z = 0x300;
            }
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
