// int<100> and bit<130>: signs, shifts, products, comparisons and slices across words.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        int<100> s = (int<100>)(int<8>)hdr.i.a;
        s = s * 0x1_0000_0000_0000;
        hdr.o.x = s[99:92];
        hdr.o.y = s[55:48];
        int<100> t = s >> 40;
        hdr.o.z = (bit<16>)(int<16>)t;
        bit<130> w = (bit<130>)hdr.i.d << 98;
        w = w >> 1;
        hdr.o.w[31:24] = w[129:122];
        hdr.o.w[23:16] = (s < 0 ? 8w1 : 8w0) | (t > s ? 8w2 : 8w0);
        hdr.o.w[15:8] = (-s)[63:56];
        hdr.o.w[7:0] = (w |+| (1 << 129))[129:122];
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
