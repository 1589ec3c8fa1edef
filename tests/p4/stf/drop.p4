// Port 511 drops at the end of ingress and of egress; a later assignment takes it back.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 1;
        if (hdr.frame.kind == 1) {
            mark_to_drop(standard_metadata);
        } else if (hdr.frame.kind == 2) {
            mark_to_drop(standard_metadata);
            standard_metadata.egress_spec = 2;
        } else if (hdr.frame.kind == 3) {
            standard_metadata.egress_spec = 511;
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (hdr.frame.kind == 4) {
            mark_to_drop(standard_metadata);
        } else if (hdr.frame.kind == 5) {
            standard_metadata.egress_spec = 7;  // of no effect: the port is known
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
