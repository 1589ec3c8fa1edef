// A loop over a range of signed numbers from below zero, and one that ends at the type's greatest value.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        int<8> sum = 0;
        for (int<8> i in -8s3 .. 1) {
            sum = sum + i;
        }
        hdr.o.x = (bit<8>)sum;
        for (bit<2> i in 2w0 .. 3) {
            hdr.o.y = hdr.o.y + 1;
        }
        for (int<4> i in 6 .. 7) {
            hdr.o.z = hdr.o.z + (bit<16>)(bit<4>)i;
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
