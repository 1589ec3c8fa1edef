// An indirect meter: green until it has rates, then by its bursts.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    meter(2, MeterType.packets) limits;
    apply {
        limits.execute_meter<bit<8>>((bit<32>)hdr.frame.kind, hdr.frame.a);
        standard_metadata.egress_spec = 1;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
