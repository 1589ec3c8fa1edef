// P4-16 §11.3: nothing is made where statements are run.

extern E { E(); void m(); }
control c() {
    apply {
        E() e; // error
        e.m();
    }
}
