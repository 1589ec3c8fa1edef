// At most one header of a union is valid: setting one valid makes the other invalid (P4-16 8.20).
#include <core.p4>
#include <v1model.p4>

header frame_t { bit<8> op; }
header short_t { bit<8> n; }
header long_t { bit<16> n; }
header_union either_t {
    short_t s;
    long_t  l;
}

struct headers_t {
    frame_t  frame;
    either_t u;
    either_t v;
}
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.op[7:7]) {
            0: short;
            1: long;
        }
    }
    state short {
        packet.extract(hdr.u.s);
        transition accept;
    }
    state long {
        packet.extract(hdr.u.l);
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> op = hdr.frame.op;
        if (op[0:0] == 1) {
            hdr.v = hdr.u;
        }
        if (op[1:1] == 1) {
            hdr.u.l.setValid();
            hdr.u.l.n = 0x1234;
        }
        if (op[2:2] == 1) {
            hdr.u.s = { 0x56 };
        }
        if (op[3:3] == 1) {
            hdr.u.s.setInvalid();
        }
        hdr.frame.op = 0;
        hdr.frame.op[0:0] = (bit<1>)hdr.u.isValid();
        hdr.frame.op[1:1] = (bit<1>)hdr.u.s.isValid();
        hdr.frame.op[2:2] = (bit<1>)hdr.u.l.isValid();
        hdr.frame.op[3:3] = (bit<1>)hdr.v.isValid();
    }
}

control MyDeparser(packet_out packet, in headers_t hdr) {
    apply {
        packet.emit(hdr.frame);
        packet.emit(hdr.u);
        packet.emit(hdr.v);
    }
}

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
