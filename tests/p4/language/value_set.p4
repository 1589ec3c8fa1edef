// A value set of the parser takes its members from the control plane; it is empty before.
#include <core.p4>
#include <v1model.p4>

header frame_t { bit<16> kind; }
struct headers_t { frame_t frame; }
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    value_set<bit<16>>(4) known;
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.kind) {
            known: found;
            0x0800: other;
            default: accept;
        }
    }
    state found {
        hdr.frame.kind = 1;
        transition accept;
    }
    state other {
        hdr.frame.kind = 2;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
