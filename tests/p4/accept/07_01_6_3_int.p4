// P4-16 §7.1.6.3: signed integers, down to a width of one.

const int<1> minus_one = -1;
const int<8> a = -128;
const int<(4 + 4)> b = 127;
struct S { int<64> x; int<7> y; }
