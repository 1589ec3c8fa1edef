// Recirculation: what the deparser made begins again.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { @field_list(1) bit<8> turns; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        meta.turns = meta.turns + 1;
        standard_metadata.egress_spec = 2;
        hdr.frame.a = (bit<8>)standard_metadata.instance_type;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.b = hdr.frame.b + 0x10;
        if (meta.turns < 3) {
            recirculate_preserving_field_list(1);
        }
        if (hdr.frame.kind == 1) {
            mark_to_drop(standard_metadata);  // goes before recirculation
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
