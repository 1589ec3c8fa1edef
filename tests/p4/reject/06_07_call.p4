// P4-16 §6.7: a call gives no l-value.

bit<8> f() { return 1; }
control c(inout bit<8> v) {
    apply { f() = v; } // error
}
