// Slices and shifts of signed values, and sign extension through several casts.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        int<16> s = (int<16>)hdr.i.c;
        int<32> l = (int<32>)s;
        hdr.o.w = (bit<32>)l;
        hdr.o.x = s[15:8];
        hdr.o.y = (bit<8>)(int<8>)(bit<8>)s[7:0];
        int<4> n = (int<4>)(bit<4>)hdr.i.a[3:0];
        hdr.o.z = (bit<16>)(int<16>)n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
