// Constants of structs, tuples, headers, enums and errors, at the top level and within blocks.
#include "include/values.p4"

enum color_t { Red, Green }
struct pair_t {
    bit<8> l;
    bit<8> r;
}
const pair_t both = { 3, 4 };
const pair_t other = { r = both.l, l = both.r };
const tuple<bit<8>, bool> mixed = { 5, true };
const color_t color = color_t.Green;
const error problem = error.NoMatch;
const bit<8> sum = both.l + other.l * 2;
const output_t frame = { 1, 2, 3, 4 };
bit<8> scaled(in bit<8> n) {
    const bit<8> factor = 3;
    return n * factor;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    const bit<8> own = sum + 1;
    action set() {
        const bit<8> v = own + 1;
        hdr.o.y = v;
    }

    apply {
        const bit<16> within = 0x0102;
        hdr.o = frame;
        hdr.o.x = mixed[1] ? sum + mixed[0] : 0;
        set();
        hdr.o.z = within + (bit<16>)scaled(both.r);
        pair_t p = other;
        if (color == color_t.Green && problem != error.NoError && p == other && p != both) {
            const bit<8> deep = 7;
            hdr.o.w = (bit<32>)deep;
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
