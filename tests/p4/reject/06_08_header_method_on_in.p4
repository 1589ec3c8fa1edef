// P4-16 §6.8: an `in` header is not made invalid.

header H { bit<8> x; }
control c(in H h) {
    apply { h.setInvalid(); } // error
}
