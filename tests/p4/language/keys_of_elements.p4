// Keys that are elements of stacks, of unions and of structs; what is invalid has what it has.
#include <core.p4>
#include <v1model.p4>

header item_t { bit<8> n; }
header pair_t {
    bit<8> l;
    bit<8> r;
}
struct inner_t { bit<8> n; }

struct headers_t {
    item_t[2] items;
    pair_t    pair;
}
struct metadata_t { inner_t inner; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.items.next);
        packet.extract(hdr.items.next);
        meta.inner.n = hdr.items[0].n + 1;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> l, bit<8> r) { hdr.pair = { l, r }; }
    table t {
        key = {
            hdr.items[1].n : exact;
            meta.inner.n : ternary;
            hdr.pair.isValid() : exact;
        }
        actions = { set; NoAction; }
        default_action = NoAction();
    }
    apply { t.apply(); }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
