// Initial entries that are not const: their priorities, and entries added at run time.
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
        }
        actions = { forward; drop; }
        default_action = drop();
        largest_priority_wins = true;
        priority_delta = 10;
        entries = {
            const priority = 100 : 0x10 &&& 0xf0 : forward(1);
            0x12 : forward(2);
            priority = 200 : 0x1f : forward(3);
        }
    }
    apply { choice.apply(); }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
