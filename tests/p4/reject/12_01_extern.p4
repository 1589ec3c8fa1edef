// P4-16 §12.1: externs are not assigned.

extern E { E(); void m(); }
control c() {
    E() a;
    E() b;
    apply { a = b; } // error
}
