// PNA: the pre control's metadata reach the main control; a parser's error reaches both, and the packet goes on.
#include <core.p4>
#include <pna.p4>
#include "include/pna_frame.p4"

control MyPre(in headers_t hdr, inout metadata_t meta, in pna_pre_input_metadata_t istd,
              inout pna_pre_output_metadata_t ostd) {
    apply {
        meta.found_before = 1;
        if (istd.parser_error == error.PacketTooShort) {
            meta.found_before = 2;
        }
        if (istd.loopedback || (PassNumberUint_t)istd.pass != 0) {
            meta.found_before = 3;
        }
        ostd.decrypt = true;
    }
}

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    apply {
        send_to_port(istd.input_port);
        if (istd.parser_error != error.NoError) {
            hdr.frame.setValid();
            hdr.frame = { 0xee, 0, 0 };
        }
        hdr.frame.a = meta.found_before;
        if ((TimestampUint_t)istd.timestamp == 0) {
            drop_packet();
        }
    }
}

PNA_NIC(FrameParser(), MyPre(), MyMain(), FrameDeparser()) main;
