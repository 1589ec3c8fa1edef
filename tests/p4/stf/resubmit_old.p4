// The old resubmit, with a list of fields.
#include <core.p4>
#include <v1model.p4>

struct metadata_t {
    bit<8> turns;
    bit<8> other;
}
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        meta.turns = meta.turns + 1;
        meta.other = meta.other + 1;
        standard_metadata.egress_spec = 1;
        if (meta.turns < 3) {
            resubmit({ meta.turns, standard_metadata });
        }
        hdr.frame.a = meta.turns;
        hdr.frame.b = (bit<16>)meta.other;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
