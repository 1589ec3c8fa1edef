// Hashes of fields, in a range.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 1;
        if (hdr.frame.kind == 0) {
            hash(hdr.frame.b, HashAlgorithm.crc16, 16w0, { hdr.frame.kind, hdr.frame.a, hdr.frame.b }, 32w0x10000);
        } else if (hdr.frame.kind == 1) {
            hash(hdr.frame.b, HashAlgorithm.identity, 16w0x100, { hdr.frame.a }, 16w10);
        } else if (hdr.frame.kind == 2) {
            hash(hdr.frame.b, HashAlgorithm.csum16, 16w0, { hdr.frame.a, 8w0, hdr.frame.b }, 32w0x10000);
        } else if (hdr.frame.kind == 3) {
            hash(hdr.frame.b, HashAlgorithm.xor16, 16w0, { hdr.frame.a, 8w0, hdr.frame.b }, 32w0x10000);
        } else if (hdr.frame.kind == 4) {
            hash(hdr.frame.b, HashAlgorithm.identity, 16w7, { hdr.frame.a }, 16w0);
        } else {
            bit<32> crc;
            // "123456789", whose CRC-32 is CBF43926
            hash(crc, HashAlgorithm.crc32, 32w0, { 72w0x313233343536373839 }, 64w0x100000000);
            hdr.frame.a = crc[31:24];
            hdr.frame.b = crc[15:0];
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
