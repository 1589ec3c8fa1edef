// A direct counter counts each hit, whether actions call it or not.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    direct_counter(CounterType.packets_and_bytes) hits;
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    action count_and_forward(bit<9> port) {
        hits.count();
        standard_metadata.egress_spec = port;
    }
    table choice {
        key = { hdr.frame.a : exact; }
        actions = { forward; count_and_forward; }
        default_action = forward(9);
        counters = hits;
    }
    apply { choice.apply(); }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
