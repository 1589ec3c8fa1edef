// PSA: tables of every match kind, with entries of the program and of the control plane; a switch over what ran.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    action forward(PortId_t port) { send_to_port(ostd, port); }
    action refuse() { ingress_drop(ostd); }
    table longest {
        key = { hdr.frame.b : lpm; }
        actions = { forward; @defaultonly refuse; }
        default_action = refuse();
    }
    table first {
        key = {
            hdr.frame.kind : ternary;
            hdr.frame.a : range;
        }
        actions = { forward; refuse; NoAction; }
        const entries = {
            (0x10 &&& 0xf0, 1 .. 3) : refuse();
            (0x10 &&& 0xf0, _) : forward((PortId_t)9);
        }
        default_action = NoAction();
    }
    table perhaps {
        key = {
            hdr.frame.kind : optional;
            istd.ingress_port : exact @name("port");
        }
        actions = { forward; NoAction; }
    }
    apply {
        longest.apply();
        switch (first.apply().action_run) {
            NoAction: { perhaps.apply(); }
            forward: { hdr.frame.a = 0xee; }
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
