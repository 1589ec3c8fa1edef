// P4-16 §20.3.3: and is there.

control c(inout bit<8> v) {
    @name() action a() { v = 1; } // error
    apply { a(); }
}
