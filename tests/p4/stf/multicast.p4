// Multicast: replicas with their ids; it goes before drop and unicast.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 9;
        if (hdr.frame.kind == 1) {
            mark_to_drop(standard_metadata);
        }
        standard_metadata.mcast_grp = hdr.frame.b;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.a = (bit<8>)standard_metadata.egress_rid;
        hdr.frame.b = (bit<16>)standard_metadata.instance_type;
        hdr.frame.kind = (bit<8>)standard_metadata.egress_port;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
