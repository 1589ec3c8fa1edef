// P4-16 §8.5.1: both sides have one type; two ints only where the condition is known.

struct S { bit<8> x; }
const int a = true ? 1 : 2;
control c(inout bit<8> v, in bool b, inout S s, in S t) {
    apply {
        v = b ? v : 1;
        v = b ? 8w1 : 8w2;
        v = 1 < 2 ? 3 : 4;
        s = b ? s : t;
        v = (b ? s : t).x;
    }
}
