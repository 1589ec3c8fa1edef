// An action with a loop over bits that an entry chooses, and a loop without a condition.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action spread(bit<8> step) {
        bit<8> n = 0;
        for (bit<8> i in 8w0..3) {
            n = n | (8w1 << (i * step));
        }
        hdr.o.x = n;
    }
    table t {
        key = { hdr.i.a : exact; }
        actions = { spread; NoAction; }
        const entries = {
            1 : spread(1);
            2 : spread(2);
        }
        default_action = NoAction();
    }

    apply {
        t.apply();
        bit<8> n = hdr.i.b;
        bit<8> steps = 0;
        for (; n != 0; n = n & (n - 1)) {
            steps += 1;
        }
        hdr.o.y = steps;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
