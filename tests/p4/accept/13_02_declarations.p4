// P4-16 §13.2: constants, variables, instances and value sets before the states; constructor parameters.

#include <core.p4>
extern E { E(bit<8> n); bit<8> get(); }
header H { bit<8> x; }
parser sub(packet_in b, out H h) { state start { b.extract(h); transition accept; } }
parser p(packet_in b, out H h)(bit<8> limit, bool flag) {
    const bit<8> one = 1;
    bit<8> v = one;
    E(3) e;
    sub() s;
    value_set<bit<8>>(4) vs;
    @name("first") state start {
        s.apply(b, h);
        v = v + e.get() + limit;
        transition select(h.x, flag) { (vs, true): accept; (_, false): start; default: next_one; }
    }
    state next_one { transition reject; }
}
