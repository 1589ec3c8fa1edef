// PSA: a table whose entries are in an action profile, and one with a selector.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    ActionProfile(16) actions_of_profile;
    ActionSelector(PSA_HashAlgorithm_t.CRC16, 16, 8) actions_of_group;
    action forward(PortId_t port) { send_to_port(ostd, port); }
    action mark(bit<16> value) { hdr.frame.b = value; }
    table by_kind {
        key = { hdr.frame.kind : exact; }
        actions = { forward; NoAction; }
        psa_implementation = actions_of_profile;
    }
    table by_a {
        key = {
            hdr.frame.a : exact;
            hdr.frame.b : selector;
        }
        actions = { mark; NoAction; }
        psa_implementation = actions_of_group;
    }
    apply {
        if (by_kind.apply().hit) {
            by_a.apply();
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply { }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
