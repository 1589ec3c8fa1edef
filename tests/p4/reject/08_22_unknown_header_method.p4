// P4-16 §8.22: a header has those of the language.

header H { bit<8> x; }
control c(inout H h) {
    apply { h.clear(); } // error
}
