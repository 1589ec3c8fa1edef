// P4-16 §8.18: setValid gives no value.

header H { bit<8> x; }
control c(inout H h, inout bool b) {
    apply { b = h.setValid(); } // error
}
