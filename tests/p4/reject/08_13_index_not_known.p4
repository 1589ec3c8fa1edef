// P4-16 §8.13: and known to the compiler.

control c(in tuple<bit<8>, bit<8>> t, in bit<1> i, inout bit<8> v) {
    apply { v = t[i]; } // error
}
