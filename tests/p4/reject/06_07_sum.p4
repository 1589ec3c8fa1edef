// P4-16 §6.7: a sum is no l-value.

control c(inout bit<8> v) {
    apply { v + 1 = v; } // error
}
