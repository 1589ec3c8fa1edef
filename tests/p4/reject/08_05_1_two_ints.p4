// P4-16 §8.5.1: two ints only where the condition is known.

control c(inout bit<8> v, in bool b) {
    apply { v = b ? 1 : 2; } // error
}
