// A stack and a union go through a control's inout parameters with their validity and their index.
#include <core.p4>
#include <v1model.p4>

header item_t { bit<8> n; }
header pair_t {
    bit<8> l;
    bit<8> r;
}
header_union either_t {
    item_t one;
    pair_t two;
}

struct headers_t {
    item_t[3] items;
    either_t  u;
}
struct metadata_t { bit<8> n; }

#include "include/blocks.p4"

parser Items(packet_in packet, inout item_t[3] items) {
    state start {
        packet.extract(items.next);
        transition select(items.last.n) {
            0: accept;
            default: start;
        }
    }
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    Items() rest;
    state start {
        packet.extract(hdr.items.next);
        rest.apply(packet, hdr.items);
        meta.n = (bit<8>)hdr.items.lastIndex;
        packet.extract(hdr.u.one);
        transition accept;
    }
}

control Change(inout item_t[3] items, inout either_t u, in bit<8> n) {
    apply {
        items.pop_front(1);
        items[2] = { n };
        if (u.one.isValid()) {
            u.two = { u.one.n, 0xcc };
        }
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Change() change;
    apply {
        change.apply(hdr.items, hdr.u, meta.n);
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
