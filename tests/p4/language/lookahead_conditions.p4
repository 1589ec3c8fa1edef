// lookahead and extract where only a condition's branch may have them, with errors where they come.
#include <core.p4>
#include <v1model.p4>

header item_t { bit<8> n; }

struct headers_t {
    item_t a;
    item_t b;
}
struct metadata_t { bit<8> seen; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.a);
        meta.seen = hdr.a.n == 1 ? packet.lookahead<bit<8>>() : 0;
        bool is_more = hdr.a.n == 2 && packet.lookahead<bit<16>>() == 0x0102;
        if (is_more) {
            packet.extract(hdr.b);
        }
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.a.n = meta.seen;
        if (hdr.b.isValid()) {
            hdr.b.n = 0xbb;
        }
        if (standard_metadata.parser_error == error.PacketTooShort) {
            hdr.a.n = 0xee;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
