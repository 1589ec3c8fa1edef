// PSA: registers of structures, wide ones, beyond their end.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

struct seen_t {
    bit<4>  first;
    bit<12> second;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    Register<seen_t, bit<8>>(4) pairs;
    Register<bit<72>, bit<8>>(1) wide;
    apply {
        send_to_port(ostd, (PortId_t)1);
        seen_t pair = pairs.read(hdr.frame.a);
        hdr.frame.b = pair.first ++ pair.second;
        pairs.write(hdr.frame.a, { pair.first + 1, pair.second - 1 });
        bit<72> value = wide.read(0);
        hdr.frame.kind = value[71:64];
        wide.write(0, value + (8w1 ++ 64w0));
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    Register<bit<8>, bit<8>>(1) last;
    apply {
        bit<8> before = last.read(0);
        last.write(0, hdr.frame.a);
        hdr.frame.a = before;
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
