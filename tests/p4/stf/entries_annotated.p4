// Entries with @priority, as programs for BMv2 write it: the smallest wins, and an entry without it has its place in
// the list. A masked entry makes an exact key ternary.
#include <core.p4>
#include <v1model.p4>

const bit<8> first = 1;
struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action forward(bit<9> port) { standard_metadata.egress_spec = port; }
    table annotated {
        key = { hdr.frame.a : ternary; }
        actions = { forward; }
        default_action = forward(9);
        const entries = {
            0x10 &&& 0xf0 : forward(1) @priority(4);
            0x11          : forward(2);
            0x02 &&& 0x0f : forward(3) @priority(first);
            0x12 &&& 0xfe : forward(4) @priority(0x3);
        }
    }
    table masked {
        key = { hdr.frame.a : exact; }
        actions = { forward; }
        default_action = forward(9);
        const entries = {
            0x21          : forward(5);
            0x20 &&& 0xf0 : forward(6);
            0x2f          : forward(7);
        }
    }
    table masked_and_numbered {
        key = { hdr.frame.a : exact; }
        actions = { forward; }
        default_action = forward(9);
        entries = {
            priority = 10 : 0x01 &&& 0x03 : forward(1);
            priority = 20 : 0x01 &&& 0x01 : forward(2);
        }
    }
    table masked_and_annotated {
        key = { hdr.frame.a : exact; }
        actions = { forward; }
        default_action = forward(9);
        const entries = {
            0x01 &&& 0x03 : forward(1) @priority(20);
            0x01 &&& 0x01 : forward(2) @priority(10);
        }
    }
    apply {
        if (hdr.frame.b == 0) {
            annotated.apply();
        } else if (hdr.frame.b == 1) {
            masked.apply();
        } else if (hdr.frame.b == 2) {
            masked_and_numbered.apply();
        } else {
            masked_and_annotated.apply();
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
