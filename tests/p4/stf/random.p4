// Random numbers lie between both ends.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> number;
        random(number, 8w10, 8w12);
        random(hdr.frame.b, 16w7, 16w7);
        standard_metadata.egress_spec = (number >= 10 && number <= 12) ? 9w1 : 9w2;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
