// An out parameter that is a header is invalid when the body begins (P4-16 6.8).
#include "include/values.p4"

void maybe(in bool valid, out output_t h) {
    if (valid) {
        h = { 1, 2, 3, 4 };
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        maybe(hdr.i.a == 1, hdr.o);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
