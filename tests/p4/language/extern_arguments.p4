// Externs get what was there before the call, give to slices, casts and elements; results copy out.
#include "include/values.p4"

header item_t { bit<16> n; }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<16>>(8) r;

    apply {
        item_t[2] s;
        s[0] = { 1 };
        s[1] = { 2 };
        r.write(3, hdr.i.c);
        r.write(index = 4, value = hdr.i.c + 1);
        bit<8> i = hdr.i.a;
        r.read(s[i].n, 3);
        hdr.o.z = s[1].n;
        bit<32> at = 4;
        r.read(index = at, result = hdr.o.w[31:16]);
        r.read(hdr.o.w[15:0], (bit<32>)hdr.i.b);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
