// A parser's loop over a stack: last, lastIndex, and StackOutOfBounds when it is full.
#include <core.p4>
#include <v1model.p4>

header item_t {
    bit<1> is_last;
    bit<7> n;
}
header info_t {
    bit<8> error_number;
    bit<8> index;
    bit<8> sum;
}

struct headers_t {
    info_t    info;
    item_t[3] items;
}
struct metadata_t {
    bit<8> index;
    bit<8> sum;
}

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        meta.index = 0x77;
        meta.sum = 0;
        transition next;
    }
    state next {
        packet.extract(hdr.items.next);
        meta.index = (bit<8>)hdr.items.lastIndex;
        meta.sum = meta.sum + (bit<8>)hdr.items.last.n;
        transition select(hdr.items.last.is_last) {
            1: accept;
            0: next;
        }
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.info.setValid();
        hdr.info.index = meta.index;
        hdr.info.sum = meta.sum;
        hdr.info.error_number = 1;
        if (standard_metadata.parser_error == error.NoError) {
            hdr.info.error_number = 0;
        } else if (standard_metadata.parser_error == error.StackOutOfBounds) {
            hdr.info.error_number = 2;
        } else if (standard_metadata.parser_error == error.PacketTooShort) {
            hdr.info.error_number = 3;
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
