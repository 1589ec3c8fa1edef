// A hash over a list and over a struct with the same fields gives the same, within its range.
#include "include/values.p4"

struct flow_t {
    bit<8>  a;
    bit<8>  b;
    bit<16> c;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<16> l;
        bit<16> r;
        flow_t flow = { hdr.i.a, hdr.i.b, hdr.i.c };
        hash(l, HashAlgorithm.crc16, 16w0, { hdr.i.a, hdr.i.b, hdr.i.c }, 32w65536);
        hash(r, HashAlgorithm.crc16, 16w0, flow, 32w65536);
        hdr.o.x = l == r ? 8w1 : 8w0;
        hash(r, HashAlgorithm.crc32, 16w10, flow, 16w4);
        hdr.o.y = r >= 10 && r < 14 ? 8w1 : 8w0;
        hash(hdr.o.z, HashAlgorithm.identity, 16w3, { 16w0x0102 }, 32w0x10000);
        bit<16> sum;
        hash(sum, HashAlgorithm.csum16, 16w0, { hdr.i.c, hdr.i.d }, 32w0x10000);
        hdr.o.w[15:0] = sum;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
