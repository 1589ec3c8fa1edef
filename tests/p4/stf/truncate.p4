// Truncation of what leaves.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { standard_metadata.egress_spec = 2; }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (hdr.frame.kind == 1) {
            truncate((bit<32>)hdr.frame.a);
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
