// P4-16 §8.12.1: a cast to a type that nobody declared.

control c(inout bit<8> b) {
    apply { b = (byte)b; } // error
}
