// A header's validity moves with it; what is invalid is not emitted and equals only what is invalid.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        output_t l;
        output_t r;
        bool same = l == r;
        l = { 1, 2, 3, 4 };
        r = l;
        bool same_too = l == r;
        r.setInvalid();
        bool differ = l != r;
        hdr.o = l;
        if (same && same_too && differ && !r.isValid()) {
            hdr.o.x = 0x77;
        }
        if (hdr.i.a == 1) {
            hdr.o = r;
            if (hdr.o.isValid()) {
                hdr.i.a = 0;
            }
        } else if (hdr.i.a == 2) {
            hdr.o.setInvalid();
            hdr.o.setValid();
            hdr.o = { 5, 6, 7, 8 };
        } else if (hdr.i.a == 3) {
            hdr.o = {#};
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
