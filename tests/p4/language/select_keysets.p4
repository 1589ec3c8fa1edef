// select with masks, ranges, tuples, constants, don't-cares and sets of values; the first that fits.
#include <core.p4>
#include <v1model.p4>

const bit<8> special = 0x77;
enum bit<8> kind_t { Plain = 0x40, Other = 0x41 }

header frame_t {
    bit<8>  a;
    bit<8>  b;
    bit<16> c;
}
header result_t { bit<8> n; }

struct headers_t {
    result_t result;
    frame_t  frame;
}
struct metadata_t { }

#include "include/blocks.p4"

parser MyParser(packet_in packet, out headers_t hdr, inout metadata_t meta,
                inout standard_metadata_t standard_metadata) {
    bit<8> n = 0;
    state start {
        packet.extract(hdr.frame);
        transition select(hdr.frame.a, hdr.frame.b, hdr.frame.c + 1) {
            (1, 2, 4): s1;
            (0x10 &&& 0xf0, 3 .. 5, _): s2;
            (0x10 &&& 0xf0, _, 0x0100 &&& 0x0100): s3;
            (special, default, 16w1 .. 16w9): s4;
            (kind_t.Plain, _, _): s5;
            (_, special, _): s6;
            default: single;
        }
    }
    state single {
        transition select(hdr.frame.a[3:0] == 0, hdr.frame.b) {
            (true, 1): s7;
            (false, 1): s8;
            (true, _): more;
        }
    }
    state more {
        transition select(hdr.frame.c) {
            0x00ff &&& 0x00ff: s9;
            0x8000 .. 0xffff: s10;
            _: s11;
        }
    }
    state s1 { n = 1; transition finish; }
    state s2 { n = 2; transition finish; }
    state s3 { n = 3; transition finish; }
    state s4 { n = 4; transition finish; }
    state s5 { n = 5; transition finish; }
    state s6 { n = 6; transition finish; }
    state s7 { n = 7; transition finish; }
    state s8 { n = 8; transition finish; }
    state s9 { n = 9; transition finish; }
    state s10 { n = 10; transition finish; }
    state s11 { n = 11; transition finish; }
    state finish {
        hdr.result.setValid();
        hdr.result.n = n;
        transition accept;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply { }
}

control MyDeparser(packet_out packet, in headers_t hdr) { apply { packet.emit(hdr); } }

V1Switch(MyParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), MyDeparser()) main;
