// extract(_) and extract of a type moves on; extract into a local keeps it.
#include <core.p4>
#include <v1model.p4>

header item_t { bit<8> n; }

struct headers_t { item_t item; }
struct metadata_t { bit<8> n; }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    item_t local;
    state start {
        packet.extract(local);
        packet.extract<item_t>(_);
        packet.extract(hdr.item);
        hdr.item.n = hdr.item.n + local.n;
        packet.advance(16);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
