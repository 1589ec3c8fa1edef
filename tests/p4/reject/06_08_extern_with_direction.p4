// P4-16 §6.8: externs are passed without direction.

extern E { E(); void m(); }
control c(inout E e) { // error
    apply { e.m(); }
}
