// P4-16 §8.12.1: nor to a signed integer.

control c(inout int<1> x, in bool b) {
    apply { x = (int<1>) b; } // error
}
