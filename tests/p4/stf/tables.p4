// One table applied in two places; keys that are expressions; enums as keys; switch over values.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

enum colour_t { red, green, blue }
enum bit<8> code_t { one = 1, two = 2 }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    colour_t colour;
    action add(bit<8> by) { hdr.frame.a = hdr.frame.a + by; }
    table adding {
        key = { hdr.frame.a[3:0] + 1 : exact @name("low"); }
        actions = { add; NoAction; }
    }
    table by_colour {
        key = { colour : exact; }
        actions = { add; NoAction; }
        const entries = {
            colour_t.red : add(0x10);
            colour_t.blue : add(0x20);
        }
    }
    apply {
        standard_metadata.egress_spec = 1;
        if (hdr.frame.kind == 0) {
            if (adding.apply().hit) {
                adding.apply();
            }
        } else {
            colour = colour_t.green;
            switch (hdr.frame.kind) {
                1: { colour = colour_t.red; }
                2:
                3: { colour = colour_t.blue; }
                default: { }
            }
            by_colour.apply();
            switch ((code_t)hdr.frame.kind) {
                code_t.one: { hdr.frame.b = 1; }
                code_t.two: { hdr.frame.b = 2; }
            }
        }
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
