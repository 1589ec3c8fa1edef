// Arithmetic: wrapping, saturating, signed, slices, shifts, concatenation.
#include <core.p4>
#include <v1model.p4>

struct metadata_t { bit<8> unused; }
#include "include/frame.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        standard_metadata.egress_spec = 1;
        bit<8> a = hdr.frame.a;
        int<8> s = (int<8>)a;
        bit<16> r = 0;
        if (hdr.frame.kind == 0) {
            r = (a + 1) ++ (a - 1);
        } else if (hdr.frame.kind == 1) {
            r = (a |+| 8w0x20) ++ (a |-| 8w0x20);
        } else if (hdr.frame.kind == 2) {
            r = (bit<8>)(s |+| 8s0x20) ++ (bit<8>)(s |-| 8s0x20);
        } else if (hdr.frame.kind == 3) {
            r = (bit<8>)(s >> 2) ++ (a >> 2);
        } else if (hdr.frame.kind == 4) {
            r[11:4] = a;
            r[3:0] = a[7:4];
        } else if (hdr.frame.kind == 5) {
            r = (bit<16>)(bit<8>)(s < 0 ? 8w1 : 8w2) << (a & 7);
        } else if (hdr.frame.kind == 6) {
            r = (bit<16>)(int<16>)s;
        } else if (hdr.frame.kind == 7) {
            r = ((bit<16>)a * 0x101) ^ 0xff;
        } else if (hdr.frame.kind == 8) {
            bool big = a > 0x7f && (hdr.frame.b == 1 || hdr.frame.b == 2);
            r = big ? 16w1 : (a != 0 ? 16w2 : 16w3);
        } else if (hdr.frame.kind == 9) {
            r = (bit<16>)(a << 9) + (hdr.frame.b << a);
        } else if (hdr.frame.kind == 10) {
            r = ~(bit<16>)a;
            r = r & -16w2 | 16w0x8000;
        }
        hdr.frame.b = r;
    }
}

V1Switch(FrameParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), FrameDeparser()) main;
