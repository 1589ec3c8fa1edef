// Variables with initial values are set for every packet; none keeps what the one before left.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> count = 1;
    bit<8> copy = count + 1;
    output_t h;

    apply {
        count = count + hdr.i.a;
        copy = copy + count;
        if (h.isValid()) {
            hdr.o.w = 0xffffffff;
        }
        h = { 1, 1, 1, 1 };
        meta.m = meta.m + 1;
        hdr.o.x = count;
        hdr.o.y = copy;
        hdr.o.z = (bit<16>)meta.m;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
