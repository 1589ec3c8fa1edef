// P4-16 §7.2.11.2.1: with the directions that were declared.

extern E { E(); abstract void m(in bit<8> x); }
E() e = {
    void m(inout bit<8> x) { } // error
};
