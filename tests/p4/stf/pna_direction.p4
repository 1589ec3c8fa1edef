// PNA: ports of the host and of the network, in all blocks.
#include <core.p4>
#include <pna.p4>
#include "include/pna_frame.p4"

control MyPre(in headers_t hdr, inout metadata_t meta, in pna_pre_input_metadata_t istd,
              inout pna_pre_output_metadata_t ostd) {
    apply { meta.found_before = SelectByDirection(istd.direction, 8w0x10, 8w0x20) + (bit<8>)(PortIdUint_t)istd.input_port; }
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                in pna_main_parser_input_metadata_t istd) {
    state start {
        transition select(istd.direction, (PassNumberUint_t)istd.pass) {
            (PNA_Direction_t.HOST_TO_NET, 0): parse_frame;
            (PNA_Direction_t.NET_TO_HOST, _): parse_frame;
            default: skip;
        }
    }
    state skip {
        packet.advance(8);
        transition parse_frame;
    }
    state parse_frame {
        packet.extract(hdr.frame);
        transition accept;
    }
}

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    apply {
        hdr.frame.b = SelectByDirection(istd.direction, hdr.frame.kind ++ hdr.frame.a, hdr.frame.a ++ hdr.frame.kind);
        hdr.frame.a = meta.found_before;
        send_to_port(SelectByDirection(istd.direction, (PortId_t)1, (PortId_t)2));
        if (hdr.frame.kind == 7) {
            recirculate();
        }
    }
}

PNA_NIC(MyParser(), MyPre(), MyMain(), FrameDeparser()) main;
