// Fields of headers that are not valid, where P4-16 §8.17 leaves them open and simple_switch does not: expressions see what
// was there last, keys are 0, and a header that becomes valid is all zero.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> found; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action find(bit<8> value) { meta.found = value; }
    table choice {
        key = {
            hdr.frame.a : exact;
            hdr.frame.b : ternary @name("second");
        }
        actions = { find; }
        const default_action = find(0xff);
    }
    apply {
        standard_metadata.egress_spec = 1;
        bit<8> kind = hdr.frame.kind;
        bit<8> last = 0;
        if (kind != 1) {
            hdr.frame.setInvalid();
        }
        if (kind == 3) {
            last = hdr.frame.a;
        } else if (kind == 4) {
            hdr.frame.a = 0x44;
            last = hdr.frame.a;
        } else {
            choice.apply();
        }
        hdr.frame.setValid();
        hdr.frame.kind = last + meta.found;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
