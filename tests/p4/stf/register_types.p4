// Registers of all kinds of values, and one of the top level that functions of two controls share.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

struct three_t {
    bit<8>  a;
    bit<16> b;
    bool    c;
}
enum bit<8> Code { One = 1, Seven = 7 }
enum Color { Red, Green }

register<bit<8>>(4) shared;

control Store(inout bit<8> value, register<bit<8>> into)(bit<32> at) {
    apply {
        bit<8> before;
        into.read(before, at);
        into.write(at, value);
        value = before;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bool>(2) bools;
    register<int<8>>(2) signed;
    register<three_t>(2) structs;
    register<bit<128>>(2) wide;
    register<Code>(2) codes;
    register<Color>(2) colors;
    register<tuple<bit<8>, bit<8>>>(2) pairs;
    register<error>(2) errors;
    register<bit<8>>(4) own;
    Store(1) first;
    Store(2) second;
    apply {
        standard_metadata.egress_spec = 1;
        bit<8> out_a = 0;
        bit<16> out_b = 0;
        if (hdr.frame.kind == 0) {
            bool flag;
            bools.read(flag, 1);
            bools.write(1, !flag);
            int<8> number;
            signed.read(number, 0);
            signed.write(0, number - 1);
            out_a = (bit<8>)number;
            out_b = flag ? 16w1 : 16w0;
        } else if (hdr.frame.kind == 1) {
            three_t three;
            structs.read(three, 1);
            three = { three.a + 1, three.b + 2, !three.c };
            structs.write(1, three);
            bit<128> large;
            wide.read(large, 1);
            wide.write(1, large + 128w0x1_0000_0000_0000_0000);
            out_a = large[71:64];
            out_b = three.c ? three.b : 16w0xffff;
        } else if (hdr.frame.kind == 2) {
            Code code;
            codes.read(code, 0);
            codes.write(0, Code.Seven);
            Color color;
            colors.read(color, 0);
            colors.write(0, Color.Green);
            error fault;
            errors.read(fault, 0);
            errors.write(0, error.NoMatch);
            out_a = code;
            out_b = (color == Color.Green ? 16w1 : 16w0) + (fault == error.NoMatch ? 16w2 : 16w0);
        } else if (hdr.frame.kind == 3) {
            tuple<bit<8>, bit<8>> pair;
            pairs.read(pair, 0);
            pairs.write(0, { pair[1] + 1, pair[0] });
            out_b = pair[0] ++ pair[1];
        } else {
            out_a = hdr.frame.a;
            first.apply(out_a, shared);
            bit<8> again = hdr.frame.a;
            second.apply(again, own);
            out_b = 8w0 ++ again;
        }
        hdr.frame.a = out_a;
        hdr.frame.b = out_b;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
