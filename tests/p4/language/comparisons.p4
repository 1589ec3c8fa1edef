// Comparisons of unsigned, signed, bool and wide values, and of what only one bit tells apart.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<1> one = hdr.i.a[0:0];
        bool b = one == 1;
        bool c = hdr.i.b == 0;
        hdr.o.x = (b == c ? 8w1 : 8w0) | (b != c ? 8w2 : 8w0) | (b && !c ? 8w4 : 8w0) | (b || c ? 8w8 : 8w0);
        bit<128> wide = (bit<128>)hdr.i.d << 96;
        bit<128> other = wide + 1;
        hdr.o.y = (wide < other ? 8w1 : 8w0) | (wide >= other ? 8w2 : 8w0);
        hdr.o.y = hdr.o.y | (wide[127:96] == other[127:96] ? 8w4 : 8w0);
        int<16> s = (int<16>)hdr.i.c;
        hdr.o.z = (s < -1 ? 16w1 : 16w0) | (s <= -1 ? 16w2 : 16w0) | (s > 0 ? 16w4 : 16w0) | (s >= 0 ? 16w8 : 16w0);
        int<1> t = (int<1>)one;
        hdr.o.w = (hdr.i.c > 0x7fff ? 32w1 : 32w0) | (t == -1 ? 32w2 : 32w0) | (t < 0 ? 32w4 : 32w0);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
