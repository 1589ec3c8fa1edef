// P4-16 §8.5.1: both sides have one type.

control c(inout bit<8> v, in bool b) {
    apply { v = b ? v : 4w1; } // error
}
