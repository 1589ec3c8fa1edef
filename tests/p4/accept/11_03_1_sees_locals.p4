// P4-16 §11.3.1: an abstract method sees the top level and its own block only.

extern E { E(); abstract bit<8> m(); }
control c(inout bit<8> v) {
    bit<8> local = 1;
    E() e = {
        bit<8> m() { return local; } // error
    };
    apply { v = e.m(); }
}
