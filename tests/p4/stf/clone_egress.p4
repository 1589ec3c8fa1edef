// A clone of egress has what egress made of the packet, and goes through egress once more.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { @field_list(0) bit<8> turns; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { standard_metadata.egress_spec = 1; }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.b = hdr.frame.b + 1;
        hdr.frame.a = (bit<8>)standard_metadata.instance_type;
        meta.turns = meta.turns + 1;
        if (meta.turns < hdr.frame.kind) {
            clone_preserving_field_list(CloneType.E2E, 0, 0);
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
