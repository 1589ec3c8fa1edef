// A header is compared with lists and with the invalid one; invalid headers are equal whatever they hold.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        output_t h;
        hdr.o.x[0:0] = (bit<1>)(h == (output_t){#});
        h = { 1, 2, 3, 4 };
        hdr.o.x[1:1] = (bit<1>)(h == (output_t){#});
        hdr.o.x[2:2] = (bit<1>)(h == { 1, 2, 3, 4 });
        hdr.o.x[3:3] = (bit<1>)(h == { y = 2, x = 1, w = 4, z = 3 });
        output_t g = { 5, 6, 7, 8 };
        g.setInvalid();
        hdr.o.x[4:4] = (bit<1>)(g == { 5, 6, 7, 8 });
        h.setInvalid();
        hdr.o.x[5:5] = (bit<1>)(g == h);
        g.setValid();
        hdr.o.x[6:6] = (bit<1>)(g != h);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
