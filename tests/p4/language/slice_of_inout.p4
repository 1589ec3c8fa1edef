// A slice as an out and an inout argument changes its bits only; two slices of one field are two.
#include "include/values.p4"

void exchange(inout bit<4> l, inout bit<4> r) {
    bit<4> old = l;
    l = r;
    r = old;
}
void give(out bit<8> n) {
    n = 0xab;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = hdr.i.a;
        exchange(hdr.o.x[7:4], hdr.o.x[3:0]);
        give(hdr.o.z[11:4]);
        give(hdr.o.w[31:24]);
        give(hdr.o.w[15:0][7:0]);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
