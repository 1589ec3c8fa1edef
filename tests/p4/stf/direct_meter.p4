// A direct meter: each entry has its own.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    direct_meter<bit<8>>(MeterType.bytes) limits;
    action forward(bit<9> port) {
        standard_metadata.egress_spec = port;
        limits.read(hdr.frame.a);
    }
    table choice {
        key = { hdr.frame.kind : exact; }
        actions = { forward; }
        meters = limits;
        const default_action = forward(9);
    }
    apply { choice.apply(); }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
