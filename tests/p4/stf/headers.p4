// Stacks with run-time indices, unions, equality, lookahead, and a sub-parser.
#include <core.p4>
#include <v1model.p4>

header byte_t { bit<8> value; }
header wide_t { bit<16> value; }
header_union either_t {
    byte_t small;
    wide_t large;
}
struct headers_t {
    byte_t    kind;
    byte_t    index;
    byte_t[3] items;
    either_t  either;
}
struct metadata_t { bit<8> seen; }

parser ItemsParser(packet_in packet, inout byte_t[3] items, out bit<8> seen) {
    state start {
        packet.extract(items.next);
        packet.extract(items.next);
        packet.extract(items[2]);
        seen = items[1].value;
        transition accept;
    }
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    ItemsParser() items;
    state start {
        packet.extract(hdr.kind);
        packet.extract(hdr.index);
        items.apply(packet, hdr.items, meta.seen);
        transition select(packet.lookahead<bit<8>>()) {
            0x00 .. 0x0f: small;
            default: large;
        }
    }
    state small {
        packet.extract(hdr.either.small);
        transition accept;
    }
    state large {
        packet.extract(hdr.either.large);
        transition accept;
    }
}

control MyVerify(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 1;
        if (hdr.kind.value == 0) {
            hdr.items[hdr.index.value].value = meta.seen;
        } else if (hdr.kind.value == 1) {
            hdr.items[0] = hdr.items[hdr.index.value];
            hdr.items[1].setInvalid();
        } else if (hdr.kind.value == 2) {
            hdr.either.large.setValid();
            hdr.either.large.value = 0x1234;
        } else if (hdr.kind.value == 3) {
            hdr.index.value = (hdr.items[0] == hdr.items[1] ? 8w1 : 8w2) + (hdr.either.small.isValid() ? 8w0x10 : 8w0x20);
        } else if (hdr.kind.value == 4) {
            bit<8> i = 0;
            hdr.items[i].value = hdr.items[i + 1].value + hdr.items[i + 2].value;
        }
    }
}
control MyEgress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) { apply { } }
control MyCompute(inout headers_t hdr, inout metadata_t meta) { apply { } }
control MyDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.kind);
        packet.emit(hdr.index);
        packet.emit(hdr.items);
        packet.emit(hdr.either);
    }
}

V1Switch(MyParser(), MyVerify(), MyIngress(), MyEgress(), MyCompute(), MyDeparser()) main;
