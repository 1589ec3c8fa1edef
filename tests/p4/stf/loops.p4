// Loops: for, for-in, break, continue.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 1;
        bit<16> sum = 0;
        if (hdr.frame.kind == 0) {
            for (bit<8> i = 0; i < hdr.frame.a; i = i + 1) {
                if (i == 2) {
                    continue;
                }
                if (i == 6) {
                    break;
                }
                sum = sum + (bit<16>)i;
            }
        } else if (hdr.frame.kind == 1) {
            for (bit<16> i in 16w1 .. 16w4) {
                for (bit<16> j in 16w1 .. i) {
                    sum += j;
                }
            }
        } else {
            for (; hdr.frame.kind != 0; ) {
                sum += 1;
            }
        }
        hdr.frame.b = sum;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
