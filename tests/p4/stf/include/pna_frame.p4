// A small frame and PNA's blocks for it but the main control. What includes this has included a pna.p4.
header frame_t {
    bit<8>  kind;
    bit<8>  a;
    bit<16> b;
}

struct headers_t { frame_t frame; }
struct metadata_t { bit<8> found_before; }

parser FrameParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                   in pna_main_parser_input_metadata_t istd) {
    state start {
        packet.extract(hdr.frame);
        transition accept;
    }
}

control NoPre(in headers_t hdr, inout metadata_t meta, in pna_pre_input_metadata_t istd,
              inout pna_pre_output_metadata_t ostd) {
    apply { }
}

control FrameDeparser(packet_out packet, in headers_t hdr, in metadata_t meta, in pna_main_output_metadata_t ostd) {
    apply { packet.emit(hdr.frame); }
}
