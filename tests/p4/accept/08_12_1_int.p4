// P4-16 §8.12.1: casts from a width to int, of values that are known.

#include <core.p4>
const int a = (int) 8w255;
const int b = (int) -8s1;
const bool c = static_assert(a + b == 254, "int of both");
const bit<8> d = (bit<8>) 256;
const bit<8> e = (bit<8>) -1;
