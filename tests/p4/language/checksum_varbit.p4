// A checksum over a header with a varbit counts the bytes that it has.
#include <core.p4>
#include <v1model.p4>

header frame_t {
    bit<8>      length;
    bit<8>      n;
    bit<16>     checksum;
    varbit<64>  data;
}

struct headers_t { frame_t frame; }
struct metadata_t { }

control NoEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame, (bit<32>)packet.lookahead<bit<8>>() * 8);
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(hdr.frame.isValid(), { hdr.frame.length, hdr.frame.n, hdr.frame.data }, hdr.frame.checksum,
                        HashAlgorithm.csum16);
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 2;
        if (standard_metadata.checksum_error == 1) {
            standard_metadata.egress_spec = 3;
        }
        hdr.frame.n = hdr.frame.n + 1;
    }
}

control MyCompute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(hdr.frame.n != 0x11, { hdr.frame.length, hdr.frame.n, hdr.frame.data }, hdr.frame.checksum,
                        HashAlgorithm.csum16);
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), MyVerify(), MyIngress(), NoEgress(), MyCompute(), MyDeparser()) main;
