// Header fields wider than 64 bits are matched, changed and emitted whole.
#include <core.p4>
#include <v1model.p4>

header frame_t {
    bit<4>   l;
    bit<128> wide;
    bit<4>   r;
}

struct headers_t { frame_t frame; }
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.wide) {
            0x20010db8_00000000_00000000_00000000 &&& 0xffffffff_00000000_00000000_00000000: shorten;
            default: accept;
        }
    }
    state shorten {
        hdr.frame.l = 1;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<128> v) { hdr.frame.wide = v; }
    action add(bit<128> v) { hdr.frame.wide = hdr.frame.wide + v; }
    table t {
        key = { hdr.frame.wide : lpm; }
        actions = { set; add; NoAction; }
        const entries = {
            0x20010db8_00000000_00000000_00000000 &&& 0xffffffff_00000000_00000000_00000000: add(1);
            0x20010db8_00010000_00000000_00000000 &&& 0xffffffff_ffff0000_00000000_00000000:
                set(0xf0000000_00000000_00000000_0000000f);
        }
        const default_action = NoAction();
    }
    apply { t.apply(); }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
