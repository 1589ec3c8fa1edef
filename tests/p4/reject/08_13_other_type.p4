// P4-16 §8.13: tuples of two types are not assigned.

control c(inout tuple<bit<8>, bool> t, in tuple<bool, bit<8>> u) {
    apply { t = u; } // error
}
