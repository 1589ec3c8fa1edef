// P4-16 §8.12.1: only a list is cast to a struct, not even a value of the same struct.

struct S {
    bit<8> a;
    bit<8> b;
}
S f(in S s) {
    return (S)s; // error
}
