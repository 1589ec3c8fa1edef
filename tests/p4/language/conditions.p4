// Conditions of all shapes, else-if chains, empty branches and blocks, and conditions known beforehand.
#include "include/values.p4"

const bool never = false;
const bit<8> limit = 3;

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        if (never) {
            hdr.o.x = 0xff;
        } else if (hdr.i.a < limit) {
            hdr.o.x = 1;
        } else if (hdr.i.a == limit) {
        } else {
            ;
            { { hdr.o.x = 3; } }
        }
        if (!(hdr.i.b == 1) || (hdr.i.b != 2 && !never))
            hdr.o.y = 1;
        else
            hdr.o.y = 2;
        if (hdr.i.a == 1)
            if (hdr.i.b == 1)
                hdr.o.z = 1;
            else
                hdr.o.z = 2;
        hdr.o.w = hdr.i.a == 1 ? hdr.i.b == 1 ? 32w1 : 2 : hdr.i.b == 1 ? 32w3 : 4;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
