// P4-16 §14.1: an action has no externs as parameters.

extern E { E(); void m(); }
control c() {
    action a(E e) { e.m(); } // error
    apply { }
}
