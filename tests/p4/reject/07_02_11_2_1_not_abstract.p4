// P4-16 §7.2.11.2.1: what is not abstract is not implemented.

extern E { E(); void k(); abstract void m(); }
E() e = {
    void m() { }
    void k() { } // error
};
