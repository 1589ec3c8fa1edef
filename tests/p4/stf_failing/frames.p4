// What scripts that have to fail are about: frames that leave by port `a`, twice if they are of kind 2.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "../stf/include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    counter(4, CounterType.packets_and_bytes) seen;
    direct_counter(CounterType.packets) hits;
    register<bit<12>>(4) values;
    meter(2, MeterType.packets) limits;
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    table routes {
        key = { hdr.frame.kind : exact; }
        actions = { forward; NoAction; }
        default_action = NoAction;
        counters = hits;
    }
    apply {
        standard_metadata.egress_spec = (bit<9>)hdr.frame.a;
        if (hdr.frame.kind == 2) {
            clone(CloneType.I2E, 1);
        }
        assert(hdr.frame.kind != 3);
        assume(hdr.frame.kind != 4 || hdr.frame.b == 0);
        seen.count((bit<32>)hdr.frame.b);
        routes.apply();
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
