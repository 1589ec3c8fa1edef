// P4-16 §20.3.3: which is a string.

control c(inout bit<8> v) {
    @name(5) action a() { v = 1; } // error
    apply { a(); }
}
