// PNA: send_to_port, drop by default, a mirror, recirculation with its pass, and externs.
#include <core.p4>
#include <pna.p4>

header frame_t {
    bit<8>  kind;
    bit<8>  a;
    bit<16> b;
}

struct headers_t { frame_t frame; }
struct metadata_t { bit<8> unused; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, in pna_main_parser_input_metadata_t istd) {
    state start {
        packet.extract(hdr.frame);
        transition accept;
    }
}

control MyPre(in headers_t hdr, inout metadata_t meta, in pna_pre_input_metadata_t istd,
              inout pna_pre_output_metadata_t ostd) {
    apply { }
}

control MyMain(inout headers_t hdr, inout metadata_t meta, in pna_main_input_metadata_t istd,
               inout pna_main_output_metadata_t ostd) {
    Hash<bit<16>>(PNA_HashAlgorithm_t.IDENTITY) same;
    action forward(PortId_t port) { send_to_port(port); }
    action drop() { drop_packet(); }
    table choice {
        key = { hdr.frame.kind : exact; }
        actions = { forward; drop; NoAction; }
        const default_action = NoAction;
    }
    apply {
        choice.apply();
        hdr.frame.a = hdr.frame.a + (bit<8>)(PassNumberUint_t)istd.pass;
        if (hdr.frame.kind == 2 && (PassNumberUint_t)istd.pass < 2) {
            recirculate();
        } else if (hdr.frame.kind == 3) {
            mirror_packet((MirrorSlotId_t)0, (MirrorSessionId_t)5);
            drop();
        } else if (hdr.frame.kind == 4) {
            hdr.frame.b = same.get_hash({ hdr.frame.a }) + SelectByDirection(istd.direction, 16w0x100, 16w0x200);
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr, in metadata_t meta, in pna_main_output_metadata_t ostd) {
    apply { packet.emit(hdr.frame); }
}

PNA_NIC(MyParser(), MyPre(), MyMain(), MyDeparser()) main;
