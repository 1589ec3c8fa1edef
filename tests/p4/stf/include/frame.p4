// A small frame and the blocks that most programs here have alike. What includes this has defined metadata_t.
header frame_t {
    bit<8>  kind;
    bit<8>  a;
    bit<16> b;
}

struct headers_t { frame_t frame; }

parser FrameParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        transition accept;
    }
}

control NoVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }
control NoEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }
control NoCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control FrameDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr.frame); } }
