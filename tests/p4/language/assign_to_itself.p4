// A struct assigned from a list of its own fields reads all of them before it writes one.
#include "include/values.p4"

struct pair_t {
    bit<8> l;
    bit<8> r;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        pair_t p = { hdr.i.a, hdr.i.b };
        p = { p.r, p.l };
        hdr.o.x = p.l;
        hdr.o.y = p.r;
        p = { l = p.r, r = p.l };
        hdr.o.z = p.l ++ p.r;
        hdr.o = { hdr.o.y, hdr.o.x, hdr.o.z, (bit<32>)hdr.o.z };
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
