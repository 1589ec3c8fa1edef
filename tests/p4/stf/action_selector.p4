// A table with an action selector: fields for the hash are no part of the key.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    action drop() { mark_to_drop(standard_metadata); }
    action_selector(HashAlgorithm.crc16, 32w64, 32w8) paths;
    table choice {
        key = {
            hdr.frame.a : selector;
            hdr.frame.kind : exact;
            hdr.frame.b : selector;
        }
        actions = { forward; drop; }
        default_action = drop();
        implementation = paths;
    }
    apply { choice.apply(); }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
