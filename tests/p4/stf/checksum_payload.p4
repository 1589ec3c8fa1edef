// Checksums over fields and all that follows what was parsed; and Checksum16, the old extern.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<16> sum; }
#include "include/frame.p4"

control MyVerify(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum_with_payload(true, { hdr.frame.kind, hdr.frame.a }, hdr.frame.b, HashAlgorithm.csum16);
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = standard_metadata.checksum_error == 1 ? 9w2 : 9w1;
        hdr.frame.a = hdr.frame.a + 1;
    }
}

control MyCompute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum_with_payload(hdr.frame.isValid(), { hdr.frame.kind, hdr.frame.a }, hdr.frame.b,
                                     HashAlgorithm.csum16);
    }
}

V1Switch(FrameParser(), MyVerify(), MyIngress(), NoEgress(), MyCompute(), FrameDeparser()) main;
