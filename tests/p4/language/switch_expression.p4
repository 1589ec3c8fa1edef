// switch on numbers falls through labels without a block; what no label has goes to default.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        switch (hdr.i.a) {
            1: { hdr.o.x = 0x11; }
            2:
            3: { hdr.o.x = 0x22; }
            4: { }
            default: { hdr.o.x = 0xdd; }
        }
        switch (hdr.i.c + 1) {
            16w8: { hdr.o.y = 1; }
            9: { hdr.o.y = 2; }
        }
        switch (hdr.i.a) {
            2: { hdr.o.z = 2; }
            1:
            default: { hdr.o.z = 1; }
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
