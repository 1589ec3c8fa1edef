// A packet that comes again finds a register as the packets before it have left it, and leaves it to those behind.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<16>>(1) seen;
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    table choice {
        key = { hdr.frame.kind : exact; }
        actions = { forward; }
        default_action = forward(1);
    }
    apply {
        choice.apply();
        if (hdr.frame.kind == 2 && standard_metadata.instance_type == 0) {
            recirculate_preserving_field_list(0);
        } else {
            seen.read(hdr.frame.b, 0);
            seen.write(0, hdr.frame.b + 1);
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
