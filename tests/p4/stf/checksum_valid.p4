// A checksum in a header that is not valid is not verified, whatever the condition says.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
header sum_t {
    bit<16> value;
    bit<16> sum;
}
header frame_t {
    bit<8> kind;
    bit<8> a;
}
struct headers_t {
    frame_t  frame;
    sum_t    one;
    sum_t[2] more;
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.kind) {
            1: parse_one;
            2: parse_more;
            default: accept;
        }
    }
    state parse_one {
        packet.extract(hdr.one);
        transition accept;
    }
    state parse_more {
        packet.extract(hdr.more.next);
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) {
    apply {
        verify_checksum(true, { hdr.one.value }, hdr.one.sum, HashAlgorithm.csum16);
        verify_checksum(true, { hdr.more[0].value }, hdr.more[0].sum, HashAlgorithm.csum16);
        verify_checksum_with_payload(hdr.frame.a == 0, { hdr.more[1].value }, hdr.more[1].sum, HashAlgorithm.csum16);
    }
}
control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { standard_metadata.egress_spec = 1 + (bit<9>)standard_metadata.checksum_error; }
}
control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }
control MyCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
