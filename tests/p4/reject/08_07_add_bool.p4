// P4-16 §8.7: a Boolean is not added.

control c(inout bit<8> x, in bool b) {
    apply { x = x + b; } // error
}
