// PSA: a packet that a parser rejects goes on, with the error in the metadata of ingress and egress.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        send_to_port(ostd, (PortId_t)1);
        if (istd.parser_error == error.PacketTooShort) {
            send_to_port(ostd, (PortId_t)2);
            hdr.frame.setValid();
            hdr.frame = { 0xe1, 0xe2, 0xe3e4 };
        } else if (hdr.frame.kind == 7) {
            hdr.frame.setInvalid();
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply {
        if (istd.parser_error != error.NoError) {
            hdr.frame.setValid();
            hdr.frame = { 0xff, 0, 0 };
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
