// P4-16 §7.1.6.6: a literal has a width and a sign of its own or none.

const int a = 10;
const bit<8> b = 8w10;
const int<8> c = 8s10;
const bit<16> d = 8w10 ++ 8w11;
const int<2> e = 2s1;
