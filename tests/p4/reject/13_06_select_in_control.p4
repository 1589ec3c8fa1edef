// P4-16 §13.6: select is for parsers.

control c(inout bit<8> v) {
    apply { v = select(v) { 1: accept; }; } // error
}
