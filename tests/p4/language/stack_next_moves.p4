// push_front and pop_front move where the parser extracts next (§8.20): up to the stack's end, and down to 0.
#include <core.p4>
#include <v1model.p4>

header command_t {
    bit<8> kind;
    bit<8> last;
    bit<8> last_index;
    bit<8> overflow;
}

header item_t { bit<8> value; }

struct headers_t {
    command_t command;
    item_t[3] items;
}

struct metadata_t { }

#include "include/blocks.p4"

parser ItemsParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                   inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.command);
        packet.extract(hdr.items.next);
        packet.extract(hdr.items.next);
        transition select(hdr.command.kind) {
            1: pop_one;
            2: push_one;
            3: pop_all;
            4: push_two;
            default: one_more;
        }
    }
    state pop_one {
        hdr.items.pop_front(1);
        hdr.command.last = hdr.items.last.value;
        transition one_more;
    }
    state push_one {
        hdr.items.push_front(1);
        hdr.items[0] = { 0x55 };
        hdr.command.last = hdr.items.last.value;
        hdr.command.last_index = (bit<8>) hdr.items.lastIndex;
        transition accept;
    }
    state pop_all {
        hdr.items.pop_front(3);
        transition one_more;
    }
    state push_two {
        hdr.items.push_front(2);
        transition one_more;
    }
    state one_more {
        packet.extract(hdr.items.next);
        hdr.command.last_index = (bit<8>) hdr.items.lastIndex;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.command.overflow = standard_metadata.parser_error == error.StackOutOfBounds ? 8w1 : 0;
    }
}

control ItemsDeparser(packet_out packet, in headers_t hdr) {
    apply { packet.emit(hdr); }
}

V1Switch(ItemsParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ItemsDeparser()) main;
