// P4-16 §13.11: of bits, structures, enums and tuples.

#include <core.p4>
enum bit<8> E { a = 1 }
struct vsk_t { @match(ternary) bit<16> port; }
struct two { @match(exact) bit<8> x; @match(lpm) bit<16> y; }
parser p(packet_in b, in bit<16> v, in bit<8> w, in E e) {
    value_set<bit<16>>(4) pvs;
    value_set<vsk_t>(4) svs;
    value_set<two>(2 + 2) tvs;
    value_set<tuple<bit<8>, bit<16>>>(1) uvs;
    value_set<E>(1) evs;
    state start { transition select(v) { pvs: one; svs: one; 16w7: accept; _: reject; } }
    state one { transition select(w, v) { tvs: two_; uvs: accept; (1, pvs): accept; default: accept; } }
    state two_ { transition select(e) { evs: accept; default: reject; } }
}
