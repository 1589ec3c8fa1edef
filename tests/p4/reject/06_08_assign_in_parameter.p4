// P4-16 §6.8: an `in` parameter is not written.

bit<8> f(in bit<8> x) {
    x = 1; // error
    return x;
}
