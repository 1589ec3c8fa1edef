// Shifts of constants and by constants, of int without a width, and shifts that the width of a slice limits.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = 1 << 3;
        hdr.o.y = 8w0xff >> 9;
        hdr.o.z = (16w1 << 15) | (16w1 << 16);
        hdr.o.w = ((bit<32>)hdr.i.a << 24 >> 28) | ((bit<32>)hdr.i.a[3:0] << 8);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
