// P4-16 §7.2.6: bits have no fields.

control c(inout bit<8> v) {
    apply { v.x = 1; } // error
}
