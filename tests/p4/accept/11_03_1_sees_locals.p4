// P4-16 §11.3.1, beyond the text: an abstract method sees the variables of the block around it.

extern E { E(); abstract bit<8> m(); }
control c(inout bit<8> v) {
    bit<8> local = 1;
    E() e = {
        bit<8> m() { return local; }
    };
    apply { v = e.m(); }
}
