// P4-16 §8.14: a field's value stands behind '='.

struct S {
    bit<8> x;
    bool b;
}
const S s = { x : 1, b : true }; // error
