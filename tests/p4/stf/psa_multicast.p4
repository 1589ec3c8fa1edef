// PSA: a multicast group, and which replica it is.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        multicast(ostd, (MulticastGroup_t)(MulticastGroupUint_t)hdr.frame.kind);
        meta.carried = 0x33;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply {
        hdr.frame.a = meta.carried;
        hdr.frame.b = (bit<16>)(EgressInstanceUint_t)istd.instance;
        if (istd.packet_path == PSA_PacketPath_t.NORMAL_MULTICAST) {
            hdr.frame.kind = 0xff;
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
