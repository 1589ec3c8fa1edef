// Checksums over fields that stand beside one another in the packet, of which the first begins at an even or at an odd
// byte of what is summed.
#include <core.p4>
#include <v1model.p4>

header sums_t { bit<16> even; bit<16> odd; bit<16> both; }
header data_t { bit<8> a; bit<16> b; bit<32> c; bit<64> d; }

struct headers_t { sums_t sums; data_t data; }
struct metadata_t { bit<8> unused; }

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.sums);
        packet.extract(hdr.data);
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { standard_metadata.egress_spec = 1; }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }

control MyCompute(inout headers_t hdr, inout metadata_t meta) {
    apply {
        update_checksum(true, { hdr.data.b, hdr.data.c, hdr.data.d, 16w0x1234 }, hdr.sums.even, HashAlgorithm.csum16);
        update_checksum(true, { 8w0x5a, hdr.data.a, hdr.data.b, hdr.data.c, hdr.data.d }, hdr.sums.odd,
                        HashAlgorithm.csum16);
        update_checksum(true, { hdr.data.c, hdr.data.d, 8w0xff, hdr.data.b, hdr.data.c, hdr.data.d, 8w0 },
                        hdr.sums.both, HashAlgorithm.csum16);
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.sums);
        packet.emit(hdr.data);
    }
}

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
