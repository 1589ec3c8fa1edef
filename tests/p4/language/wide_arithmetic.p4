// Arithmetic of more than 64 bits carries through all words.
#include "include/values.p4"

const bit<200> big = 200w1 << 199;

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<128> n = (bit<128>)hdr.i.d;
        n = n * 0x1_0000_0000_0000_0001;
        n = n + 0xffff_ffff_ffff_ffff_ffff;
        hdr.o.x = n[127:120] + n[87:80];
        hdr.o.y = n[71:64];
        hdr.o.z = n[15:0];
        bit<200> m = big | (bit<200>)hdr.i.a;
        m = m - 5;
        m = m << 4;
        hdr.o.w = m[199:192] ++ m[7:0] ++ (m > 3 ? 8w1 : 8w0) ++ (~m)[199:192];
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
