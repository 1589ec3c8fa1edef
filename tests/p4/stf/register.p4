// Registers: narrow, wide and beyond the end.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<12>>(8) narrow;
    register<bit<128>>(2) wide;
    register<bool>(1) flag;
    apply {
        bit<12> value;
        bit<128> large;
        bool is_set;
        narrow.read(value, (bit<32>)hdr.frame.a);
        narrow.write((bit<32>)hdr.frame.a, value + 1);
        wide.read(large, 1);
        wide.write(1, large + (64w1 ++ 64w0xffffffffffffffff));
        flag.read(is_set, 0);
        flag.write(0, !is_set);
        hdr.frame.kind = large[71:64];
        hdr.frame.b = (bit<16>)value;
        standard_metadata.egress_spec = is_set ? 9w2 : 9w1;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
