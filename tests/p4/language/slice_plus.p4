// x[low +: width] is read and written, with a constant low bit (P4-16 8.7).
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = hdr.i.d[8 +: 8];
        hdr.o.z[4 +: 8] = hdr.i.a;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
