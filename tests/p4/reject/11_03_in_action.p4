// P4-16 §11.3: nor in an action.

extern E { E(); void m(); }
control c() {
    action a() {
        E() e; // error
        e.m();
    }
    apply { a(); }
}
