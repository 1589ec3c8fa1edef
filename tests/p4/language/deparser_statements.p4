// A deparser with locals, conditions, structs, stacks and the same header twice.
#include <core.p4>
#include <v1model.p4>

header frame_t {
    bit<8> a;
    bit<8> b;
}
header item_t { bit<8> n; }
struct inner_t {
    item_t[2] items;
    frame_t   frame;
}

struct headers_t {
    frame_t frame;
    inner_t inner;
}
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.inner.items[1] = { 0x11 };
        hdr.inner.frame = { 0x22, 0x33 };
    }
}

control Emit(packet_out packet, in frame_t frame) {
    apply { packet.emit(frame); }
}

control MyDeparser(packet_out packet, in headers_t hdr) {
    Emit() emit;
    frame_t own;
    apply {
        own = hdr.frame;
        own.b = own.b + 1;
        if (hdr.frame.a == 1) {
            packet.emit(hdr.inner);
        } else {
            packet.emit(hdr.frame);
            packet.emit(hdr.inner.items);
        }
        emit.apply(packet, own);
        packet.emit(own);
    }
}

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
