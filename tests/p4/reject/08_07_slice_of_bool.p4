// P4-16 §8.7: a Boolean has no slices.

control c(inout bit<1> x, in bool b) {
    apply { x = b[0:0]; } // error
}
