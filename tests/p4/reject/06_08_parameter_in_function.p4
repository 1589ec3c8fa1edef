// P4-16 §6.8: parameters and local variables are of one scope: a function's body cannot declare a parameter's name.

bit<8> next(in bit<8> x) {
    bit<8> x = 1; // error
    return x;
}
