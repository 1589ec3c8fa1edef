// P4-16 §7.2.11.2.1: and with as many parameters.

extern E { E(); abstract void m(in bit<8> x); }
E() e = {
    void m() { } // error
};
