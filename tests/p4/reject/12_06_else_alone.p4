// P4-16 §12.6: an else has its if.

control c(inout bit<8> v) {
    apply { else { v = 1; } } // error
}
