// P4-16 §6.7: a constant is no l-value.

const bit<8> k = 1;
control c(inout bit<8> v) {
    apply { k = v; } // error
}
