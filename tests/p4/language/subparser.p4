// A parser applied by another one: its parameters are copied, its locals are fresh, errors go through.
#include <core.p4>
#include <v1model.p4>

header item_t {
    bit<4> kind;
    bit<4> n;
}

struct headers_t {
    item_t    first;
    item_t    second;
    item_t[2] rest;
}
struct metadata_t { bit<8> sum; }

#include "include/blocks.p4"

parser Item(packet_in packet, out item_t item, inout bit<8> sum)(bit<8> step) {
    bit<8> count = 0;
    state start {
        packet.extract(item);
        count = count + step;
        sum = sum + count;
        transition select(item.kind) {
            15: reject;
            default: accept;
        }
    }
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    Item(1) one;
    Item(16) sixteen;
    state start {
        meta.sum = 0;
        one.apply(packet, hdr.first, meta.sum);
        one.apply(packet, hdr.second, meta.sum);
        transition select(hdr.first.kind, hdr.second.kind) {
            (1, 1): more;
            default: accept;
        }
    }
    state more {
        sixteen.apply(packet, hdr.rest[1], meta.sum);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = (bit<9>)meta.sum;
        if (standard_metadata.parser_error != error.NoError) {
            standard_metadata.egress_spec = standard_metadata.egress_spec + 0x40;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
