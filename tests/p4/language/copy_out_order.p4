// Results are copied out from left to right (P4-16 6.8): with the same variable twice, the last one stays.
#include "include/values.p4"

void first(inout bit<8> p, out bit<8> q) {
    q = p + 1;
    p = p + 2;
}
void second(out bit<8> q, inout bit<8> p) {
    q = p + 1;
    p = p + 2;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> v = hdr.i.a;
        first(v, v);
        hdr.o.x = v;
        v = hdr.i.a;
        second(v, v);
        hdr.o.y = v;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
