// Division and modulo of numbers known to the compiler; int has no width, and -W wraps when it is given one.
#include "include/values.p4"

const int all = 17;
const bit<8> third = 100 / 3;
const bit<16> part = (bit<16>)(all % 5) + 16w1000 / 16w7;
const int<16> negative = -7;

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = third + all / 4;
        hdr.o.y = hdr.i.a + (all * all * all) % 256;
        hdr.o.z = part;
        hdr.o.w = (bit<16>)negative ++ (16w5 - 16w6);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
