// A varbit keeps its length when it is extracted, copied and emitted; it may be empty.
#include <core.p4>
#include <v1model.p4>

header frame_t {
    bit<8>      length;
    varbit<64>  data;
    bit<8>      end;
}

struct headers_t {
    frame_t first;
    frame_t second;
}
struct metadata_t { bit<8> problem; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.first, (bit<32>)(packet.lookahead<bit<8>>() << 3));
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (standard_metadata.parser_error == error.HeaderTooShort) {
            standard_metadata.egress_spec = 2;
        } else if (standard_metadata.parser_error == error.PacketTooShort) {
            standard_metadata.egress_spec = 3;
        } else if (hdr.first.end == 1) {
            hdr.second = hdr.first;
            hdr.second.end = 2;
            hdr.first.setInvalid();
        } else if (hdr.first.end == 3) {
            hdr.second.setValid();
            hdr.second.length = 9;
            hdr.second.data = hdr.first.data;
            hdr.second.end = 4;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
