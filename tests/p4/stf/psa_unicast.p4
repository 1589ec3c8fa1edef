// PSA: drop is where packets go that nobody sends; a table, and a counter that counts when it is called.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    DirectCounter<bit<32>>(PSA_CounterType_t.PACKETS) hits;
    action forward(PortId_t port) {
        hits.count();
        send_to_port(ostd, port);
    }
    action forward_uncounted(PortId_t port) { send_to_port(ostd, port); }
    table choice {
        key = { hdr.frame.kind : exact; }
        actions = { forward; forward_uncounted; NoAction; }
        psa_direct_counter = hits;
    }
    apply {
        choice.apply();
        hdr.frame.a = (bit<8>)(PortIdUint_t)istd.ingress_port;
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), NoEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
