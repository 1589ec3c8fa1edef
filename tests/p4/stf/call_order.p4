// Calls as programs abroad use them: the same variable out twice, exit in an action with copies, nested functions with
// side effects in arguments, slices as out arguments, a header copied whole, and clones that recirculate.
#include <core.p4>
#include <v1model.p4>
header b_t { bit<8> a; bit<8> b; bit<8> c; bit<8> d; bit<16> e; }
struct meta_t { bit<8> n; @field_list(1) bit<8> kept; }
struct headers_t { b_t one; b_t two; }
parser P(packet_in pk, out headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    state start { pk.extract(h.one); transition accept; }
}
control V(inout headers_t h, inout meta_t m) { apply { } }
bit<8> bump(inout bit<8> x) { x = x + 1; return x; }
void both(out bit<8> x, out bit<8> y) { x = 1; y = 2; }
bit<8> early(inout bit<8> x) { x = 7; if (x == 7) { return 5; } x = 9; return x; }
control I(inout headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    action leave(inout bit<8> x, in bit<8> y) { x = y + 1; exit; }
    action swap(inout bit<8> x, inout bit<8> y) { bit<8> t = x; x = y; y = t; }
    action nothing() { }
    table t {
        key = { bump(h.one.d): exact @name("bumped"); h.one.d: exact; }
        actions = { nothing; leave(h.one.b, h.one.c); }
        const entries = { (0x11, 0x11): leave(h.one.b, h.one.c); }
        default_action = nothing();
    }
    apply {
        sm.egress_spec = 1;
        if (h.one.a == 0) {
            both(h.one.b, h.one.b);                         // the last one wins: 2
            h.one.c = bump(h.one.d) + bump(h.one.d);
        } else if (h.one.a == 1) {
            swap(h.one.e[7:0], h.one.e[15:8]);
            h.two = h.one;
            h.two.a = early(h.two.b);
            h.one.d = (bit<8>)(bit<1>)(h.one == h.two);
        } else if (h.one.a == 2) {
            t.apply();
            h.one.a = 0xff;
        } else if (h.one.a == 3) {
            bit<8> i = 0;
            h.one.b = bump(i) == 2 && bump(i) == 2 ? 8w1 : 8w0;   // the second is not evaluated
            h.one.c = i;
            h.one.d = h.one.d |+| 0xf0;
            h.one.e = (bit<16>)(int<16>)(int<8>)h.one.b;
        } else if (h.one.a == 4) {
            m.kept = h.one.b;
            clone_preserving_field_list(CloneType.I2E, 5, 1);
            h.one.c = 0;
        }
    }
}
control E(inout headers_t h, inout meta_t m, inout standard_metadata_t sm) {
    apply { if (sm.instance_type == 1) { h.one.d = m.kept; } }
}
control C(inout headers_t h, inout meta_t m) { apply { } }
control D(packet_out pk, in headers_t h) { apply { pk.emit(h.one); pk.emit(h.two); } }
V1Switch(P(), V(), I(), E(), C(), D()) main;
