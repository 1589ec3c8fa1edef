// Time goes on from packet to packet, and egress is not before ingress.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<48>>(1) last;
    apply {
        bit<48> before;
        last.read(before, 0);
        last.write(0, standard_metadata.ingress_global_timestamp);
        standard_metadata.egress_spec = standard_metadata.ingress_global_timestamp > before ? 9w1 : 9w2;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (standard_metadata.egress_global_timestamp < standard_metadata.ingress_global_timestamp ||
            standard_metadata.deq_timedelta != 0 || standard_metadata.enq_timestamp == 0) {
            hdr.frame.a = 0xff;
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
