// PSA: a packet that recirculates for ever is given up; the next one is served.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        if (hdr.frame.kind == 1) {
            send_to_port(ostd, PSA_PORT_RECIRCULATE);
        } else if (hdr.frame.kind == 2) {
            send_to_port(ostd, (PortId_t)1);
            ostd.resubmit = true;
        } else {
            send_to_port(ostd, (PortId_t)1);
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply {
        if (hdr.frame.kind == 3) {
            ostd.clone = true;
            ostd.clone_session_id = (CloneSessionId_t)1;
            egress_drop(ostd);
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
