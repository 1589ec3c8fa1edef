// The old clone3, with fields of metadata and of standard_metadata.
#include <core.p4>
#include <v1model.p4>

struct metadata_t {
    bit<8> one;
    bit<8> two;
}
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        meta.one = 1;
        meta.two = 2;
        clone3(CloneType.I2E, 7, { meta.two, standard_metadata.ingress_port });
        standard_metadata.egress_spec = 1;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.kind = meta.one;
        hdr.frame.a = meta.two;
        hdr.frame.b = (bit<16>)standard_metadata.ingress_port;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
