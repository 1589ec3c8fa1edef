// return and exit within a loop leave more than the loop.
#include "include/values.p4"

bit<8> first_set(in bit<8> v) {
    for (bit<8> i in 8w0..7) {
        if (v[0:0] == 1 && i == 0) {
            return 0;
        }
        if ((v >> i)[0:0] == 1) {
            return i;
        }
    }
    return 0xff;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action count(in bit<8> limit) {
        for (bit<8> i = 0; i < 100; i += 1) {
            if (i == limit) {
                return;
            }
            hdr.o.y += 1;
        }
    }

    apply {
        hdr.o.x = first_set(hdr.i.a);
        count(hdr.i.b);
        for (bit<16> i in 16w1..10) {
            for (bit<16> j in 16w1..10) {
                if (i == 2 && j == 3) {
                    if (hdr.i.c == 1) {
                        exit;
                    }
                    return;
                }
                if (j == 5) {
                    continue;
                }
                switch (j) {
                    1: { hdr.o.z += 0x100; }
                    9: { break; }
                    default: { hdr.o.z += 1; }
                }
            }
        }
        hdr.o.w = 1;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
