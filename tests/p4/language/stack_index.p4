// Elements of a stack that an index of run time chooses are read and written; others stay as they are.
#include <core.p4>
#include <v1model.p4>

header item_t { bit<8> n; }
header frame_t {
    bit<8> index;
    bit<8> other;
    bit<8> value;
}

struct headers_t {
    frame_t   frame;
    item_t[4] items;
}
struct metadata_t { bit<8> seen; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        packet.extract(hdr.items.next);
        packet.extract(hdr.items.next);
        packet.extract(hdr.items.next);
        packet.extract(hdr.items[3]);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> old = hdr.items[hdr.frame.index].n;
        hdr.items[hdr.frame.index].n = hdr.frame.value;
        hdr.items[hdr.items[0].n].n = hdr.items[0].n + 1;
        hdr.items[hdr.frame.other].n[3:0] = 0;
        hdr.frame.value = old;
        if (!hdr.items[hdr.frame.other].isValid()) {
            hdr.frame.index = 0xff;
        }
        hdr.items[hdr.frame.other].setInvalid();
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.frame);
        packet.emit(hdr.items);
    }
}

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
