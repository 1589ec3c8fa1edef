// Loops whose bounds are calls, which are evaluated once, and whose bodies change what made them.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> n = 1;
        bit<8> turns = 0;
        for (bit<8> i in next(n) .. next(n) + 2) {
            n = 0;
            i = 9;
            turns = turns + i;
        }
        hdr.o.x = turns;
        bit<8> steps = 0;
        for (bit<8> i = 0, bit<8> j = 9; next(n) < 6 && i != j; i += 2, j -= 1) {
            steps = steps + 1;
            if (i == 2) {
                continue;
            }
            steps = steps + 0x10;
        }
        hdr.o.y = steps;
        hdr.o.z = (bit<16>)n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
