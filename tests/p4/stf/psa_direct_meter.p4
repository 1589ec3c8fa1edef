// PSA: a meter of each entry, and one that is aware of the color.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    DirectMeter(PSA_MeterType_t.BYTES) rate;
    Meter<bit<8>>(2, PSA_MeterType_t.PACKETS) aware;
    PSA_MeterColor_t color = PSA_MeterColor_t.RED;
    action forward(PortId_t port) {
        color = rate.execute();
        send_to_port(ostd, port);
    }
    table choice {
        key = { hdr.frame.kind : exact; }
        actions = { forward; NoAction; }
        psa_direct_meter = rate;
    }
    apply {
        choice.apply();
        hdr.frame.a = 3;
        if (color == PSA_MeterColor_t.GREEN) {
            hdr.frame.a = 1;
        } else if (color == PSA_MeterColor_t.YELLOW) {
            hdr.frame.a = 2;
        }
        PSA_MeterColor_t worse = aware.execute(0, color);
        hdr.frame.b = worse == PSA_MeterColor_t.GREEN ? 16w1 : worse == PSA_MeterColor_t.YELLOW ? 16w2 : 16w3;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply { }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
