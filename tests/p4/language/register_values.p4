// A register of structures of bits: read, changed and written; out of its size it reads 0.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<16>>(4) r;
    register<bit<100>>(1) wide;
    bit<16> v;

    apply {
        r.read(v, (bit<32>)hdr.i.a);
        v = v + hdr.i.c;
        r.write((bit<32>)hdr.i.a, v);
        hdr.o.z = v;
        bit<100> w;
        wide.read(w, 0);
        w = (w << 8) + (bit<100>)hdr.i.a;
        wide.write(0, w);
        hdr.o.w = w[31:0];
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
