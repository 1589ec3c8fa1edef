// Loops over ranges and with conditions; break and continue act on the innermost one.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> sum = 0;
        for (bit<8> i = 0; i < 10; i = i + 1) {
            if (i == 2) {
                continue;
            }
            if (i == 5) {
                break;
            }
            sum = sum + i;
        }
        hdr.o.x = sum;
        bit<8> count = 0;
        for (bit<8> i in 1..3) {
            for (bit<8> j in 8w1..i) {
                if (j == 3) {
                    break;
                }
                count += 1;
            }
            count += 0x10;
        }
        hdr.o.y = count;
        bit<16> z = 0;
        for (bit<16> i = 0, bit<16> j = hdr.i.c; i < j; i += 1, j -= 1) {
            z = z + 1;
        }
        hdr.o.z = z;
        for (bit<8> i in hdr.i.a..hdr.i.b) {
            hdr.o.w = hdr.o.w + (bit<32>)i;
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
