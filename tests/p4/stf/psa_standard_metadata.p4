// PSA: what ingress and egress are told of a packet: ports, class of service, path, instance, time.
#include <core.p4>
#include <psa.p4>
#include "include/psa_frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, in psa_ingress_input_metadata_t istd,
                  inout psa_ingress_output_metadata_t ostd) {
    apply {
        send_to_port(ostd, (PortId_t)(PortIdUint_t)(bit<32>)hdr.frame.a);
        // What ingress begins with; the clone's session and the port are undefined.
        if (ostd.clone || ostd.resubmit || ostd.class_of_service != (ClassOfService_t)0 ||
            ostd.multicast_group != (MulticastGroup_t)0) {
            ingress_drop(ostd);
        }
        ostd.class_of_service = (ClassOfService_t)5;
        if (hdr.frame.kind == 1) {
            multicast(ostd, (MulticastGroup_t)9);
        }
        if (hdr.frame.kind == 2) {
            ostd.clone = true;
            ostd.clone_session_id = (CloneSessionId_t)3;
        }
        hdr.frame.kind = (bit<8>)(PortIdUint_t)istd.ingress_port;
        if ((TimestampUint_t)istd.ingress_timestamp == 0 || istd.packet_path != PSA_PacketPath_t.NORMAL) {
            ingress_drop(ostd);
        }
        meta.carried = (bit<8>)(TimestampUint_t)istd.ingress_timestamp;
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, in psa_egress_input_metadata_t istd,
                 inout psa_egress_output_metadata_t ostd) {
    apply {
        hdr.frame.a = (bit<8>)(ClassOfServiceUint_t)istd.class_of_service;
        hdr.frame.b = (bit<16>)(PortIdUint_t)istd.egress_port;
        hdr.frame.b[15:12] = (bit<4>)(EgressInstanceUint_t)istd.instance;
        hdr.frame.b[11:8] = istd.packet_path == PSA_PacketPath_t.NORMAL_UNICAST ? 4w1 :
                            istd.packet_path == PSA_PacketPath_t.NORMAL_MULTICAST ? 4w2 :
                            istd.packet_path == PSA_PacketPath_t.CLONE_I2E ? 4w3 : 4w15;
        bit<8> now = (bit<8>)(TimestampUint_t)istd.egress_timestamp;
        if (istd.packet_path != PSA_PacketPath_t.CLONE_I2E && now - meta.carried > 100) {
            egress_drop(ostd);
        }
        if (ostd.clone || ostd.drop && hdr.frame.kind == 0xff) {
            hdr.frame.setInvalid();
        }
    }
}

IngressPipeline(FrameIngressParser(), MyIngress(), FrameIngressDeparser()) ingress;
EgressPipeline(FrameEgressParser(), MyEgress(), FrameEgressDeparser()) egress;
PSA_Switch(ingress, PacketReplicationEngine(), egress, BufferingQueueingEngine()) main;
