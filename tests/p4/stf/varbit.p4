// A header of variable length goes through ingress, a replica and egress as it was. Its length is of whole bytes.
#include <core.p4>
#include <v1model.p4>

header options_t {
    bit<8>      length;
    varbit<256> data;
}
header mark_t { bit<8> value; }
struct headers_t {
    mark_t    mark;
    options_t options;
}
struct metadata_t { bit<1> unused; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    state start {
        bit<8> length = packet.lookahead<bit<8>>();
        packet.extract(hdr.options, length[7:7] == 0 ? (bit<32>)length * 8 : (bit<32>)length[6:0]);
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.mcast_grp = 1;
        if (standard_metadata.parser_error != error.NoError) {
            standard_metadata.mcast_grp = 0;
            standard_metadata.egress_spec = standard_metadata.parser_error == error.HeaderTooShort ? 9w7 :
                standard_metadata.parser_error == error.ParserInvalidArgument ? 9w6 : 9w8;
        }
    }
}
control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.mark.setValid();
        hdr.mark.value = standard_metadata.egress_rid[7:0];
    }
}
control MyCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
