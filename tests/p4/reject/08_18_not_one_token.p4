// P4-16 §8.18: {#} is one token.

header H { bit<8> x; }
control c(inout H h) {
    apply { h = { # }; } // error
}
