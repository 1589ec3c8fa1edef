// P4-16 §7.1.1: void has no values.

extern void f();
control c(inout bit<8> v) {
    apply { v = f(); } // error
}
