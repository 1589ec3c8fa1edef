// A parser calls functions, has constants and locals of its own, conditions and blocks.
#include <core.p4>
#include <v1model.p4>

header frame_t {
    bit<8> a;
    bit<8> b;
    bit<8> c;
}

struct headers_t { frame_t frame; }
struct metadata_t { bit<8> n; }

#include "include/blocks.p4"

bit<8> larger(in bit<8> l, in bit<8> r) {
    if (l > r) {
        return l;
    }
    return r;
}

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    const bit<8> limit = 3;
    bit<8> count = 0;
    bit<8> total = limit;
    state start {
        packet.extract(hdr.frame);
        transition loop;
    }
    state loop {
        bit<8> twice = count + count;
        count = count + 1;
        if (twice > 2) {
            total = total + twice;
        } else {
            total = total + 0x10;
        }
        transition select(count < limit) {
            true: loop;
            false: end;
        }
    }
    state end {
        hdr.frame.c = larger(hdr.frame.a, hdr.frame.b);
        {
            bit<8> total = 1;
            hdr.frame.a = total;
        }
        hdr.frame.b = total;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
