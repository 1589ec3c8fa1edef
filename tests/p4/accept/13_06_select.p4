// P4-16 §13.6: on bits, signed integers, Booleans, enums and several of them.

#include <core.p4>
enum E { a, b }
enum bit<4> F { x = 1 }
const bit<8> k = 9;
parser p(packet_in pkt, in bit<8> v, in int<8> s, in bool b, in E e, in F f, in tuple<bit<8>, bool> t, in bit<8> w) {
    state start { transition select(v) { 1: one; 2 &&& 3: one; 4 .. 5: one; k: accept; w: accept; k + 1: accept; } }
    state one { transition select(s) { -1: two; 8s3: two; default: accept; } }
    state two { transition select(b) { true: three; false: reject; } }
    state three { transition select(e) { E.a: four; E.b: accept; } }
    state four { transition select(f) { F.x: five; default: reject; } }
    state five { transition select(v, s, b, e) { (1, -1, true, E.a): six; (_, _, false, _): accept; _: reject; } }
    state six { transition select(v[3:0], v == 1) { (0xf, true): seven; (1 .. 2, _): accept; default: reject; } }
    state seven { transition select((bit<1>) b) { 1: start; 0: accept; } }
}
