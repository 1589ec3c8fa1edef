// What apply() says: hit, miss, and which action ran.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action one() { hdr.frame.a = 1; }
    action two(bit<8> value) { hdr.frame.a = value; }
    table choice {
        key = { hdr.frame.kind : exact; }
        actions = { one; two; NoAction; }
        const entries = {
            1 : one();
            2 : two(22);
        }
    }
    table empty_key {
        actions = { one; }
        default_action = one();
    }
    apply {
        standard_metadata.egress_spec = choice.apply().hit ? 9w1 : 9w2;
        switch (choice.apply().action_run) {
            one: { hdr.frame.b = 0x1111; }
            two: { hdr.frame.b = 0x2222; }
            default: {
                if (empty_key.apply().miss) {
                    hdr.frame.b = 0x3333;
                }
            }
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
