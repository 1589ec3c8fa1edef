// A transition without select, one to itself with a count, and select on an expression with calls.
#include <core.p4>
#include <v1model.p4>

header count_t { bit<8> n; }
header item_t { bit<8> n; }

struct headers_t {
    count_t   count;
    item_t[4] items;
    item_t    end;
}
struct metadata_t { bit<8> left; }

#include "include/blocks.p4"

bit<8> take(inout bit<8> left) {
    left = left - 1;
    return left;
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start { transition count; }
    state count {
        packet.extract(hdr.count);
        meta.left = hdr.count.n + 1;
        transition check;
    }
    state check {
        transition select(take(meta.left)) {
            0: end;
            default: item;
        }
    }
    state item {
        packet.extract(hdr.items.next);
        transition check;
    }
    state end {
        packet.extract(hdr.end);
        hdr.end.n = hdr.end.n + meta.left;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.items.pop_front(1);
        hdr.count.n = hdr.count.n |-| 1;
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
