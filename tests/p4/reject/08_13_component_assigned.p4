// P4-16 §8.13: a component is no l-value.

control c(inout tuple<bit<8>, bit<8>> t) {
    apply { t[0] = 1; } // error
}
