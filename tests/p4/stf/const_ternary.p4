// Constant entries of a ternary table count in the order of the text.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    action drop() { mark_to_drop(standard_metadata); }
    table choice {
        key = {
            hdr.frame.a : ternary;
            hdr.frame.b : range;
        }
        actions = { forward; drop; }
        default_action = drop();
        const entries = {
            (0x10 &&& 0xf0, 1 .. 5) : forward(1);
            (0x10, _) : forward(2);
            (_, 9) : forward(3);
            (0x20 &&& 0xf0, _) : forward(4);
            _ : forward(5);
        }
    }
    apply { choice.apply(); }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
