// Custom CRCs: each call has parameters of its own.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<32> crc;
        standard_metadata.egress_spec = 1;
        // Of "123456789", for which every CRC has a published value.
        if (hdr.frame.kind == 0) {
            hash(hdr.frame.b, HashAlgorithm.crc16_custom, 16w0, { 72w0x313233343536373839 }, 32w0x10000);
        } else if (hdr.frame.kind == 1) {
            hash(hdr.frame.b, HashAlgorithm.crc16_custom, 16w0, { 72w0x313233343536373839 }, 32w0x10000);
        } else {
            hash(crc, HashAlgorithm.crc32_custom, 32w0, { 72w0x313233343536373839 }, 64w0x100000000);
            hdr.frame.a = crc[31:24];
            hdr.frame.b = crc[15:0];
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
