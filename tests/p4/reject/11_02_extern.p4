// P4-16 §11.2: an extern is made, not declared as a variable.

extern E { E(); void m(); }
control c() {
    E e; // error
    apply { e.m(); }
}
