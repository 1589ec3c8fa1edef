// P4-16 §12.1: both sides have one type.

control c(inout bit<8> v, in bool b) {
    apply { v = b; } // error
}
