// A list or a struct expression is cast to a struct or a header; a struct becomes another by a list.
#include "include/values.p4"

struct pair_t {
    bit<8> l;
    bit<8> r;
}
struct nest_t {
    pair_t p;
    bit<16> n;
}
bit<8> sum(in pair_t p) {
    return p.l + p.r;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        nest_t n = { { 1, 2 }, 3 };
        hdr.o.x = sum({ n.p.r, n.p.l }) + sum((pair_t){ r = 0x10, l = 0x20 });
        n = { n = 4, p = { l = 5, r = 6 } };
        hdr.o.y = n.p.l;
        hdr.o.z = n.n;
        hdr.o = (output_t){ hdr.o.x, hdr.o.y, hdr.o.z, (bit<32>)n.p.r };
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
