// A clone of ingress is the packet as it came in, with metadata that are 0.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> mark; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        meta.mark = 0x77;
        clone(CloneType.I2E, 42);
        hdr.frame.a = 0xee;
        standard_metadata.egress_spec = 2;
        if (hdr.frame.kind == 1) {
            mark_to_drop(standard_metadata);  // the clone goes its way all the same
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.kind = (bit<8>)standard_metadata.instance_type;
        hdr.frame.b = (bit<16>)meta.mark;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
