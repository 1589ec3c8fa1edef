// P4-16 §10: two functions of a name differ in their parameters.

bit<8> f(in bit<8> x) { return x; }
bit<8> f(in bit<8> x) { return x + 1; } // error
