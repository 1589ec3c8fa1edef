// P4-16 §9: sizes of values and types are known to the compiler.

#include <core.p4>
header H { bit<8> a; bit<4> b; int<4> c; varbit<32> v; }
header G { bit<20> x; }
header_union U { H h; G g; }
enum bit<4> E { a = 1 }
struct S { bit<3> x; bool y; E e; tuple<bit<2>, int<5>> t; }
typedef bit<12> twelve;
type bit<9> Nine;
const bool a = static_assert(H.minSizeInBits() == 16 && H.maxSizeInBits() == 48, "varbit");
const bool b = static_assert(S.minSizeInBits() == 15 && S.minSizeInBytes() == 2, "struct");
const bool c = static_assert(U.maxSizeInBytes() == 6, "union");
const bool d = static_assert(twelve.minSizeInBits() == 12 && Nine.maxSizeInBits() == 9, "names");
control k(inout G[3] gs, inout bit<8> v, inout U u) {
    apply {
        bit<(gs.minSizeInBits())> wide = 0;
        v = (bit<8>) gs.minSizeInBytes() + v.minSizeInBits() + gs[1].maxSizeInBits();
        v = u.minSizeInBits() + E.a.minSizeInBits();
    }
}
