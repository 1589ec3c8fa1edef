// Parsers whose states lead to one another, over a stack and headers that are extracted twice: LLVM's passes take
// more than one round over what becomes of them.

#include <core.p4>
#include <v1model.p4>

header a_t { bit<8> f0; bit<8> f1; bit<16> f2; }
header b_t { bit<4> f0; bit<12> f1; bit<32> f2; }
header c_t { bit<8> f0; bit<40> f1; bit<64> f2; }
struct H { a_t a; b_t b; c_t c; a_t u; b_t[2] s; }
struct M { bit<16> x; }

parser P(packet_in p, out H hdr, inout M m, inout standard_metadata_t s) {
    state start {
        p.extract(hdr.a);
        transition select(hdr.a.f0) { 1 : q0; 2 : q1; 3 : q2; _ : accept; }
    }
    state q0 {
        p.extract(hdr.s.next);
        transition select(hdr.c.f1) { 0 : q2; 1 : q1; 2 : reject; _ : accept; }
    }
    state q1 {
        p.extract(hdr.b);
        p.extract(hdr.u);
        m.x = (bit<16>)hdr.b.f0;
        transition select(hdr.c.f0) { 0 : q2; 1 : q0; 2 : reject; _ : accept; }
    }
    state q2 {
        p.extract(hdr.b);
        m.x = (bit<16>)hdr.c.f0;
        transition select(hdr.u.f1) { 0 : q0; 1 : q2; 2 : reject; _ : accept; }
    }
}
control V(inout H hdr, inout M m) {
    apply {
        verify_checksum(hdr.b.isValid(), { hdr.a.f1, hdr.b.f0, hdr.b.f1, hdr.b.f2, hdr.c.f1, hdr.c.f0 }, hdr.a.f2,
                        HashAlgorithm.csum16);
    }
}
control I(inout H hdr, inout M m, inout standard_metadata_t s) {
    register<bit<16>>(8) r0;
    action ix0_0(bit<16> v) { }
    action ix0_1(bit<16> v) { }
    table it0 {
        key = { hdr.s[0].f0 : exact; hdr.s[1].f1 : ternary @name("g"); }
        actions = { ix0_0; ix0_1; NoAction; }
        const entries = { (4w7, _) : ix0_1(16w171); (4w0, _) : ix0_1(16w252); (4w5, _) : ix0_1(16w297); (4w1, _) : ix0_0(16w251); }
    }
    action ix1_0(bit<16> v) { }
    action ix1_1(bit<16> v) {
        if (hdr.s[1].f2 == 3) { }
    }
    table it1 {
        key = { hdr.s[1].f1 : exact; hdr.u.f0 : ternary @name("g"); }
        actions = { ix1_0; ix1_1; NoAction; }
        const entries = { (12w1, _) : ix1_1(16w219); (12w5, _) : ix1_0(16w22); (12w6, _) : ix1_0(16w93); (12w2, _) : ix1_0(16w161); }
    }
    apply { hdr.b = hdr.s[0]; }
}
control E(inout H hdr, inout M m, inout standard_metadata_t s) {
    register<bit<16>>(8) r0;
    action ex0_0(bit<16> v) { }
    action ex0_1(bit<16> v) { hdr.u = hdr.a; }
    table et0 {
        key = { hdr.b.f2 : exact; hdr.u.f0 : ternary @name("g"); }
        actions = { ex0_0; ex0_1; NoAction; }
        const entries = { (32w4, _) : ex0_1(16w6); (32w0, _) : ex0_1(16w154); (32w7, _) : ex0_1(16w18); (32w2, _) : ex0_0(16w84); }
    }
    apply {
        et0.apply();
        mark_to_drop(s);
    }
}
control C(inout H hdr, inout M m) {
    apply {
        update_checksum(true, { hdr.a.f0, hdr.a.f1, hdr.b.f0, hdr.b.f1, hdr.b.f2, hdr.c.f1, hdr.c.f0 }, hdr.a.f2,
                        HashAlgorithm.csum16);
    }
}
control D(packet_out p, in H hdr) {
    apply {
        p.emit(hdr.s);
        p.emit(hdr.b);
        p.emit(hdr.u);
        p.emit(hdr.a);
    }
}
V1Switch(P(), V(), I(), E(), C(), D()) main;
