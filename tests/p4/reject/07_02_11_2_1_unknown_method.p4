// P4-16 §7.2.11.2.1: what is implemented was declared.

extern E { E(); abstract void m(); }
E() e = {
    void m() { }
    void n() { } // error
};
