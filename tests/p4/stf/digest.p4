// A digest does not change the packet.
#include <core.p4>
#include <v1model.p4>

struct seen_t {
    bit<8> kind;
    bit<9> port;
}
struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        digest<seen_t>(1, { hdr.frame.kind, standard_metadata.ingress_port });
        digest(2, hdr.frame);
        standard_metadata.egress_spec = 1;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
