// PSA: clones of ingress are the packet as it came in, clones of egress as it left.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        send_to_port(ostd, (PortId_t)1);
        meta.carried = 0x10;
        hdr.frame.a = 0xaa;
        if (hdr.frame.kind == 1) {
            ostd.clone = true;
            ostd.clone_session_id = (CloneSessionId_t)7;
            ingress_drop(ostd);
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply {
        hdr.frame.b[15:8] = meta.carried;
        if (hdr.frame.kind == 2 && istd.packet_path != PSA_PacketPath_t.CLONE_E2E) {
            ostd.clone = true;
            ostd.clone_session_id = (CloneSessionId_t)8;
        }
        if (hdr.frame.kind == 3) {
            egress_drop(ostd);
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
