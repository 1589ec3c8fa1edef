// P4-16 §10: a function's name is no value.

bit<8> f() { return 1; }
const bit<8> x = f; // error
