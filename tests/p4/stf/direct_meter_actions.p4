// A direct meter works whichever action the hit entry has; a miss leaves its target alone, as in simple_switch.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> color; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    direct_meter<bit<8>>(MeterType.packets) limits;
    action read_color(bit<9> port) {
        standard_metadata.egress_spec = port;
        limits.read(meta.color);
    }
    action read_if_set(bit<9> port) {
        standard_metadata.egress_spec = port;
        if (hdr.frame.b != 0) {
            limits.read(meta.color);
        }
    }
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    table choice {
        key = { hdr.frame.kind : exact; }
        actions = { read_color; read_if_set; forward; }
        meters = limits;
        default_action = read_color(9);
    }
    apply {
        meta.color = 0xee;
        choice.apply();
        hdr.frame.a = meta.color;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
