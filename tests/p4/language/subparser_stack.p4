// A sub-parser that fills the same stack as its caller, through an inout parameter, in a loop.
#include <core.p4>
#include <v1model.p4>

header item_t { bit<8> n; }

struct headers_t {
    item_t    kind;
    item_t[4] items;
    item_t    end;
}
struct metadata_t { bit<8> count; }

#include "include/blocks.p4"

parser Two(packet_in packet, inout headers_t hdr, inout bit<8> count) {
    item_t[2] own;
    state start {
        packet.extract(own.next);
        packet.extract(own.next);
        hdr.items.push_front(2);
        hdr.items[0] = own[0];
        hdr.items[1] = own[1];
        count = count + (bit<8>)own.lastIndex;
        transition accept;
    }
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    Two() two;
    state start {
        packet.extract(hdr.kind);
        transition select(hdr.kind.n) {
            0: end;
            1: once;
            2: twice;
        }
    }
    state twice {
        two.apply(packet, hdr, meta.count);
        transition once;
    }
    state once {
        two.apply(packet, hdr, meta.count);
        transition end;
    }
    state end {
        packet.extract(hdr.end);
        hdr.end.n = hdr.end.n + meta.count;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
