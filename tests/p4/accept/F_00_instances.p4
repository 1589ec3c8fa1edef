// P4-16 §F: where instances may be made, and what a constructor may take.

#include <core.p4>
extern E { E(); void m(); }
extern G { G(E e, bit<8> n); void m(); }
E() top;
G(top, 1) g_top;
parser sub(packet_in b)(E e) { state start { e.m(); transition accept; } }
parser p(packet_in b)(E given, G g, bit<8> n) {
    E() own;
    sub(own) s;
    sub(given) s2;
    value_set<bit<8>>(2) vs;
    state start { s.apply(b); s2.apply(b); g.m(); transition select(n) { vs: accept; default: reject; } }
}
control inner()(E e, G g) { apply { e.m(); g.m(); } }
control c() {
    E() own;
    inner(own, g_top) i;
    inner(E(), G(own, 2)) j;
    apply { i.apply(); j.apply(); top.m(); }
}
