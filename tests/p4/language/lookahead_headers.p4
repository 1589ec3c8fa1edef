// All headers in what lookahead gives are valid: of a stack, and of a struct with structs and stacks in it.
#include <core.p4>
#include <v1model.p4>

header byte_t { bit<8> b; }
struct pair_t {
    byte_t    first;
    byte_t[2] others;
}
struct nested_t {
    bit<8> number;
    pair_t pair;
}

struct headers_t {
    byte_t    kind;
    byte_t[3] stack;
    pair_t    pair;
}
struct metadata_t { bit<8> number; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.kind);
        transition select(hdr.kind.b) {
            1: stack;
            2: nested;
            3: element;
            default: accept;
        }
    }
    state stack {
        hdr.stack = packet.lookahead<byte_t[3]>();
        transition accept;
    }
    state nested {
        nested_t nested = packet.lookahead<nested_t>();
        hdr.pair = nested.pair;
        hdr.kind.b = nested.number;
        transition accept;
    }
    state element {
        hdr.stack[1] = packet.lookahead<byte_t[3]>()[2];
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (hdr.pair.others[1].isValid()) {
            standard_metadata.egress_spec = 1;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
