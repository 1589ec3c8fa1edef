// P4-16 §9: nor has what has a type variable for a type.

bit<8> f<T>(in T x) {
    return x.minSizeInBits(); // error
}
