// packet_length: what came in; in egress with the headers that ingress removed.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.b = (bit<16>)standard_metadata.packet_length;
        standard_metadata.egress_spec = 1;
        if (hdr.frame.kind == 1) {
            hdr.frame.setInvalid();
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (!hdr.frame.isValid()) {
            hdr.frame = { 0xff, (bit<8>)standard_metadata.packet_length, 0 };
        } else {
            hdr.frame.a = (bit<8>)standard_metadata.packet_length;
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
