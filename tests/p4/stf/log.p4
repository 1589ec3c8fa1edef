// log_msg, assert and assume do not change the packet.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        log_msg("a packet");
        log_msg("kind {} and a {}", { hdr.frame.kind, hdr.frame.a });
        assert(hdr.frame.isValid());
        assume(hdr.frame.kind == 1);
        standard_metadata.egress_spec = 1;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
