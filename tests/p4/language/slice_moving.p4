// x[low +: width] with a low bit that packets give (P4-16 8.7): read, assigned, as an argument, and slices of slices.
#include "include/values.p4"

void add(inout bit<4> nibble, in bit<4> what) { nibble = nibble + what; }
void give(out bit<4> nibble, out bit<8> low) {
    nibble = 15;
    low = 12;
}
bit<8> next(inout bit<16> number) {
    number = number + 1;
    return 4;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.w = hdr.i.d;
        bit<8> low = hdr.i.b;
        if (hdr.i.a == 0) {
            hdr.o.z = hdr.i.c[low +: 16];
            hdr.o.w[low +: 8] = 0xab;
        } else if (hdr.i.a == 1) {
            add(hdr.o.w[low +: 4], 3);
            hdr.o.w[low +: 4] += 1;
            hdr.o.x = 4w0 ++ hdr.o.w[low +: 4];
        } else if (hdr.i.a == 2) {
            hdr.o.w[31:4][low +: 8][7:4] = 0xf;
            hdr.o.w[low +: 16][low[3:0] +: 4] = 0xe;
            hdr.o.x = hdr.o.w[31:4][low +: 8];
            hdr.o.y = hdr.o.w[low +: 16][low[3:0] +: 8];
        } else if (hdr.i.a == 3) {
            // Where the slice is was decided before the call.
            give(hdr.o.w[low +: 4], low);
            hdr.o.x = low;
        } else if (hdr.i.a == 4) {
            hdr.o.z = hdr.i.c + (bit<16>)hdr.i.c[next(hdr.i.c) +: 8];
            hdr.o.w[next(hdr.i.c) +: 0] = 0;
        } else {
            bit<100> wide = 0;
            wide[hdr.i.d +: 16] = hdr.i.c;
            hdr.o.z = wide[99:84];
            int<8> signed = (int<8>)hdr.i.a;
            hdr.o.x = 4w0 ++ signed[low +: 4];
        }
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
