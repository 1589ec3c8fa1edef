// P4-16 §8.10.1: a Boolean is not joined.

control c(inout bit<9> x, in bool b) {
    apply { x = 8w1 ++ b; } // error
}
