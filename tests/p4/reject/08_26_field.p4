// P4-16 §8.26: nor has it fields.

bit<8> f<T>(in T a) {
    return a.x; // error
}
