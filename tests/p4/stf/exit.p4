// exit ends ingress wherever it is; out parameters are copied on the way.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control Inner(inout bit<8> value, in bit<8> kind) {
    action leave() { value = value + 1; exit; }
    table choice {
        key = { kind : exact; }
        actions = { leave; NoAction; }
        const entries = { 2 : leave(); }
    }
    apply {
        value = value + 0x10;
        if (kind == 1) {
            exit;
        }
        choice.apply();
        if (kind == 3) {
            return;
        }
        value = value + 0x40;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Inner() inner;
    apply {
        standard_metadata.egress_spec = 1;
        inner.apply(hdr.frame.a, hdr.frame.kind);
        hdr.frame.b = 0xffff;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
