// Numbers without a width and enums with values take the type of the other side.
#include "include/values.p4"

enum bit<8> kind_t { One = 1, Two = 2 }
bit<8> take(in bit<8> v) {
    return v;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = kind_t.Two;
        hdr.o.y = take(kind_t.One) + kind_t.Two;
        bit<8> v = 5;
        hdr.o.z = v == 5 && kind_t.Two != hdr.i.a ? 1 : 16w2;
        hdr.o.w = 0xffff_ffff - 1 & (bit<32>)hdr.i.a + 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
