// P4-16 §8.10.1: int has no width to be joined.

const bit<16> a = 8w1 ++ 2; // error
