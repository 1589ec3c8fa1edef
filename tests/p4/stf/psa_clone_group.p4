// PSA: a clone session of a group, beside multicast; a session that is not there; a packet that is cloned, resubmitted
// and cloned again.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        multicast(ostd, (MulticastGroup_t)2);
        ostd.clone = true;
        ostd.clone_session_id = (CloneSessionId_t)(CloneSessionIdUint_t)hdr.frame.b;
        if (hdr.frame.kind == 1 && istd.packet_path == PSA_PacketPath_t.NORMAL) {
            ostd.resubmit = true;
            meta.carried = 0x40;
        }
        hdr.frame.a = 0xbb;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply {
        if (istd.packet_path == PSA_PacketPath_t.CLONE_I2E) {
            hdr.frame.b = meta.carried ++ (bit<8>)(EgressInstanceUint_t)istd.instance;
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
