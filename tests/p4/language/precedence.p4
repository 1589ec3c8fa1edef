// Operators bind as P4-16 8 says: & and | tighter than ==, shifts below +, ++ above &.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = 1 + 2 * 3 - 4;
        hdr.o.y = hdr.i.a & 3 == 1 ? 8w1 : 8w2;
        hdr.o.z = 16w1 << 2 + 1 | 16w0x100 & 16w0x1ff ^ 16w1;
        hdr.o.w = -hdr.i.d + ~hdr.i.d - 1 >> 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
