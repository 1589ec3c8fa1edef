// P4-16 §12.1: nor concatenation.

control c(inout bit<8> v) {
    apply { v ++= 8w1; } // error
}
