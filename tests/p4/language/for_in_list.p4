// A loop over a list of values, whose elements are evaluated before it begins.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> n = hdr.i.a;
        for (bit<8> v in (list<bit<8>>){ 1, 2, 5 }) {
            hdr.o.x = hdr.o.x + v;
        }
        for (bit<16> v in (list<bit<16>>){ 0x100, 0x20, 3 }) {
            if (v == 0x20) {
                continue;
            }
            hdr.o.z = hdr.o.z | v;
        }
        hdr.o.y = n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
