// P4-16 §10: what it returns has its type.

bit<8> f(in bit<16> x) {
    return x; // error
}
