// Run-time indices of what is no variable: constants, results, choices, lists.
#include "include/values.p4"

const bit<8>[4] table_of_squares = { 0, 1, 4, 9 };
const output_t[2] outputs = { { 1, 2, 3, 4 }, { 5, 6, 7, 8 } };

bit<8>[3] row(in bit<8> from) { return { from, from + 1, from + 2 }; }
bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> n = 0;
        bit<8>[2] a = { 0x10, 0x20 };
        bit<8>[2] b = { 0x30, 0x40 };
        hdr.o.x = table_of_squares[hdr.i.a];
        for (bit<8> i = 0; i < 4; i = i + 1) {
            hdr.o.x = hdr.o.x + table_of_squares[i];
        }
        hdr.o.y = outputs[hdr.i.b[0:0]].y;
        hdr.o.z = row(n)[next(n)] ++ (hdr.i.a == 2 ? a : b)[hdr.i.b];
        hdr.o.w = (bit<32>)((bit<16>[3]){ 0x100, 0x200, 0x300 })[n];
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
