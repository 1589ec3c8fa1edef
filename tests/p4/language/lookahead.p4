// lookahead reads bits, headers and structs without moving on; advance moves.
#include <core.p4>
#include <v1model.p4>

header tag_t {
    bit<4> l;
    bit<4> r;
}
struct pair_t {
    bit<8>  first;
    bit<16> second;
}
header info_t {
    bit<8>  bits;
    bit<8>  nibbles;
    bit<16> second;
    bit<8>  at;
}

struct headers_t {
    info_t info;
    tag_t  tag;
}
struct metadata_t { info_t info; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        meta.info.setValid();
        meta.info.bits = (bit<8>)packet.lookahead<bit<5>>();
        tag_t tag = packet.lookahead<tag_t>();
        meta.info.nibbles = tag.r ++ tag.l;
        meta.info.second = packet.lookahead<pair_t>().second;
        packet.advance(8);
        packet.advance((bit<32>)packet.lookahead<bit<8>>());
        meta.info.at = packet.lookahead<tuple<bit<4>, bit<8>>>()[1];
        packet.extract(hdr.tag);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.info = meta.info;
        if (standard_metadata.parser_error == error.PacketTooShort) {
            standard_metadata.egress_spec = 2;
            hdr.info.setInvalid();
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
