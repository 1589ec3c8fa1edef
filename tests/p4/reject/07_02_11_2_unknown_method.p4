// P4-16 §7.2.11.2: a method that is called is declared.

extern E { E(); void m(); }
control c() {
    E() e;
    apply { e.n(); } // error
}
