// P4-16 §18.1: what may be the value of a constant or a width.

#include <core.p4>
header H { bit<8> x; }
struct S { bit<8> a; tuple<bit<8>, bool> t; }
enum bit<8> E { a = 3 }
const bit<8> literal = 5;
const S s = { 1, { 2, true } };
const bit<8> field = s.a + s.t[0];
const bool logic = (literal == 5 && !false) || s.t[1];
const bit<8> cast = (bit<8>) (bit<4>) literal;
const bit<16> joined = literal ++ field;
const bit<4> slice = joined[7:4];
const bit<8> choice = logic ? literal : field;
const bit<8> from_enum = E.a;
const bit<8> operators = ((literal |+| 1) |-| 2) * 3 & 0x7f | 8w1 ^ 2;
const int sizes = H.minSizeInBits() + 1;
struct W { bit<(field * 2)> wide; bit<(from_enum)> e; bit<(sizes)> z; bit<(logic ? 4 : 5)> c; }
control c(inout H[4] hs, inout bit<8> v) {
    const bit<32> n = hs.size;
    bit<(hs.size)> b = 0;
    apply { v = v[(literal + 2):(4 - 4)]; }
}
