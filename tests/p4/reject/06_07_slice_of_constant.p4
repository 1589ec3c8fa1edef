// P4-16 §6.7: a slice of what is no l-value is none.

const bit<8> k = 1;
control c(inout bit<4> v) {
    apply { k[3:0] = v; } // error
}
