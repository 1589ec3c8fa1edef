// A clone keeps the last values of the metadata in its field list.
#include <core.p4>
#include <v1model.p4>

struct pair_t {
    bit<8> first;
    bit<8> second;
}
struct metadata_t {
    @field_list(1) bit<8> one;
    @field_list(2) pair_t two;
    @field_list(1, 2) bit<8> both;
}
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        clone_preserving_field_list(CloneType.I2E, 3, 1);
        if (hdr.frame.kind == 2) {
            clone_preserving_field_list(CloneType.I2E, 3, 2);  // the last one counts
        }
        meta.one = 1;
        meta.two = { 2, 3 };
        meta.both = 4;
        mark_to_drop(standard_metadata);
    }
}

control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.frame.kind = meta.one;
        hdr.frame.a = meta.both;
        hdr.frame.b = meta.two.first ++ meta.two.second;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), MyEgress(), NoCompute(), FrameDeparser()) main;
