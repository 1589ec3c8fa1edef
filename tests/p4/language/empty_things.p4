// Empty structs, headers, blocks, actions and lists do nothing, and a header without fields is valid or not.
#include <core.p4>
#include <v1model.p4>

header empty_t { }
header frame_t { bit<8> n; }
struct nothing_t { }

struct headers_t {
    empty_t   empty;
    frame_t   frame;
    nothing_t nothing;
}
struct metadata_t { nothing_t nothing; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.empty);
        packet.extract(hdr.frame);
        transition accept;
    }
}

control Nothing() { apply { } }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Nothing() nothing;
    action none() { }
    nothing_t l = {};
    nothing_t r;
    apply {
        nothing.apply();
        none();
        ;
        { }
        r = l;
        meta.nothing = r;
        if (hdr.empty.isValid() && l == meta.nothing) {
            hdr.frame.n = hdr.frame.n + 1;
        }
        hdr.empty.setInvalid();
        if (!hdr.empty.isValid()) {
            hdr.frame.n = hdr.frame.n + 0x10;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
