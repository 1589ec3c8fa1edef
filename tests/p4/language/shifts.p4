// A shift by the width or more gives 0, or the sign; the amount may be wider than the value.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = hdr.i.a << hdr.i.b;
        hdr.o.y = hdr.i.a >> hdr.i.c;
        hdr.o.z = (bit<16>)(hdr.i.d >> hdr.i.a);
        bit<4> small = 4w15;
        hdr.o.w = (bit<32>)(small << hdr.i.b) | (bit<32>)((int<8>)hdr.i.a >> hdr.i.c)[7:0] << 8 | hdr.i.d << 16;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
