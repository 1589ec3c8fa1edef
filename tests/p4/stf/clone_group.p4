// Clones that go to a multicast group.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        clone(CloneType.I2E, 100);
        mark_to_drop(standard_metadata);
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.a = (bit<8>)standard_metadata.instance_type;
        hdr.frame.b = standard_metadata.egress_rid;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
