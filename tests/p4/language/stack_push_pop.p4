// push_front makes invalid headers at the front, pop_front at the end; what is pushed out is lost.
#include <core.p4>
#include <v1model.p4>

header frame_t { bit<8> op; }
header item_t { bit<8> n; }

struct headers_t {
    frame_t   frame;
    item_t[3] items;
}
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        packet.extract(hdr.items.next);
        packet.extract(hdr.items.next);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        switch (hdr.frame.op) {
            1: {
                hdr.items.push_front(1);
                hdr.items[0].setValid();
                hdr.items[0].n = 0xa0;
            }
            2: {
                hdr.items.push_front(2);
                hdr.items[0] = { 0xa1 };
            }
            3: { hdr.items.pop_front(1); }
            4: { hdr.items.pop_front(3); }
            5: { hdr.items.push_front(3); }
            6: {
                hdr.items.pop_front(2);
                hdr.items.push_front(1);
                hdr.items[1] = { 0xa2 };
                if (hdr.items[0].isValid() || hdr.items[2].isValid()) {
                    hdr.frame.op = 0xee;
                }
            }
        }
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
