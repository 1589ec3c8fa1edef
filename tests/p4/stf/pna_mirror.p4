// PNA: mirrors are by slot, and independent of what becomes of the packet.
#include <core.p4>
#include <pna.p4>
#include "include/pna_frame.p4"

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    apply {
        send_to_port((PortId_t)1);
        mirror_packet((MirrorSlotId_t)8w0, (MirrorSessionId_t)16w5);
        if (hdr.frame.kind == 1) {
            mirror_packet((MirrorSlotId_t)8w0, (MirrorSessionId_t)16w6);
        } else if (hdr.frame.kind == 2) {
            mirror_packet((MirrorSlotId_t)8w1, (MirrorSessionId_t)16w6);
            drop_packet();
        } else if (hdr.frame.kind == 3) {
            mirror_packet((MirrorSlotId_t)8w3, (MirrorSessionId_t)16w7);
            drop_packet();
            send_to_port((PortId_t)2);
        } else if (hdr.frame.kind == 4) {
            mirror_packet((MirrorSlotId_t)8w0, (MirrorSessionId_t)16w99);
        }
        hdr.frame.a = hdr.frame.a + 1;
    }
}

PNA_NIC(FrameParser(), NoPre(), MyMain(), FrameDeparser()) main;
