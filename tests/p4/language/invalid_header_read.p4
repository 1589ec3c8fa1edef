// A write to an invalid header does not make it valid; after setValid all fields can be set.
#include "include/values.p4"

header item_t { bit<8> n; }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        item_t h;
        h.n = 5;
        hdr.o.x = h.isValid() ? 8w1 : 8w0;
        item_t g = h;
        hdr.o.y = g.isValid() ? 8w1 : 8w0;
        g.setValid();
        g.n = 7;
        h = g;
        hdr.o.z = h.isValid() ? (bit<16>)h.n : 0;
        hdr.o.setInvalid();
        hdr.o.w = 9;
        if (hdr.i.a == 1) {
            hdr.o.setValid();
            hdr.o = { 1, 2, 3, 4 };
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
