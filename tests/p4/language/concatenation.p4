// ++ joins bits of any widths, signed ones too, in the order written.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<3> l = hdr.i.a[2:0];
        bit<5> r = hdr.i.b[4:0];
        hdr.o.x = l ++ r;
        hdr.o.y = (bit<8>)((int<4>)-1 ++ 4s2);
        bit<24> n = l ++ 8w0xff ++ r ++ 8w0;
        hdr.o.z = n[23:8];
        hdr.o.w = (1w1 ++ 15w1) ++ hdr.i.c;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
