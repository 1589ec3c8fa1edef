// PNA: flows have numbers of their own; the last forwarding decision counts; a packet without one is dropped.
#include <core.p4>
#include <pna.p4>
#include "include/pna_frame.p4"

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    Register<bit<32>, bit<8>>(256) flow_of_kind;
    Register<bit<8>, bit<8>>(1, 0x55) first;
    apply {
        if (hdr.frame.kind == 0xff) {
            return;
        }
        drop_packet();
        bit<32> flow = flow_of_kind.read(hdr.frame.kind);
        if (flow == 0) {
            flow = (FlowIdUint_t)allocate_flow_id() + 1;
            flow_of_kind.write(hdr.frame.kind, flow);
        }
        hdr.frame.b = (bit<16>)flow;
        hdr.frame.a = first.read(0);
        send_to_port((PortId_t)1);
        send_to_port((PortId_t)2);
    }
}

PNA_NIC(FrameParser(), NoPre(), MyMain(), FrameDeparser()) main;
