// PSA: a packet that comes again finds a register as the packets before it have left it, and leaves it to those behind.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    Register<bit<16>, bit<8>>(1) seen;
    action forward(PortId_t port) { send_to_port(ostd, port); }
    action mark(PortId_t port, bit<8> mark) {
        send_to_port(ostd, port);
        meta.carried = mark;
    }
    table choice {
        key = { hdr.frame.a : exact; }
        actions = { forward; mark; }
        default_action = forward((PortId_t)1);
    }
    apply {
        choice.apply();
        if (hdr.frame.kind == 1) {
            hdr.frame.b = seen.read(0);
            seen.write(0, hdr.frame.b + 1);
            hdr.frame.a = hdr.frame.a - 1;
        }
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    Register<bit<16>, bit<8>>(4) left;
    apply {
        if (meta.carried == 7) {
            hdr.frame.kind = 1;
        } else if (meta.carried == 11) {
            bit<16> before = left.read(hdr.frame.a);
            left.write(hdr.frame.a, before + 1);
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
