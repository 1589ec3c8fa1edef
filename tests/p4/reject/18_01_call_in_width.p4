// P4-16 §18.1: a call of a function is not known.

bit<8> f() { return 3; }
const bit<(f())> x = 1; // error
