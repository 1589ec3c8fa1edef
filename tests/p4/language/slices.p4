// Slices are read and written, of slices, of fields and of expressions.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x[7:4] = hdr.i.a[3:0];
        hdr.o.x[3:0] = hdr.i.a[7:4];
        hdr.o.y = hdr.i.d[27:12][11:4];
        hdr.o.z[15:8][3:0] = hdr.i.b[7:4];
        hdr.o.z[0:0] = 1;
        hdr.o.w = (hdr.i.a ++ hdr.i.b)[11:4] ++ 24w0;
        hdr.o.w[23:0] = (hdr.i.d + 1)[23:0];
        hdr.o.w[15:8] += 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
