// Constant entries of an lpm table: the longest prefix wins wherever it stands.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    action drop() { mark_to_drop(standard_metadata); }
    table choice {
        key = {
            hdr.frame.b : lpm;
        }
        actions = { forward; drop; }
        default_action = drop();
        const entries = {
            _ : forward(1);
            0x1200 &&& 0xff00 : forward(2);
            0x1234 : forward(3);
            0x1000 &&& 0xf000 : forward(4);
        }
    }
    apply { choice.apply(); }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
