// P4-16 §8.14: a list has no names.

struct S {
    bit<8> x;
    bool b;
}
const S s = { 1, b = true }; // error
