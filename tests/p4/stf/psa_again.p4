// PSA: resubmission with its metadata, and recirculation through its port.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        send_to_port(ostd, (PortId_t)1);
        if (hdr.frame.kind == 1 && meta.carried < 3) {
            ostd.resubmit = true;
        } else if (hdr.frame.kind == 2 && istd.packet_path != PSA_PacketPath_t.RECIRCULATE) {
            send_to_port(ostd, PSA_PORT_RECIRCULATE);
        }
        hdr.frame.a = hdr.frame.a + 1;
        if (istd.ingress_port == PSA_PORT_RECIRCULATE) {
            hdr.frame.b = 0x5555;
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply { hdr.frame.b = hdr.frame.b + (bit<16>)meta.carried; }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
