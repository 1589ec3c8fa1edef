// ~ & | ^ of all widths, on expressions that are wider than the field that they end in.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = ~hdr.i.a & 0x0f | hdr.i.b ^ 0xf0;
        bit<65> w = ~(65w0) ^ (65w1 << 64);
        hdr.o.y = (w[64:64] == 0 && w[63:63] == 1 ? 8w1 : 8w0) | (~w == 65w1 << 64 ? 8w2 : 8w0);
        hdr.o.z = (hdr.i.a ++ hdr.i.b) & ~hdr.i.c;
        bit<1> t = hdr.i.a[0:0];
        hdr.o.w = (bit<32>)(~t) << 31 | (bit<32>)t;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
