// P4-16 §8.24: methods are those of an instance.

extern E {
    E();
    void m(in bit<8> x);
}
control c() {
    apply {
        E.m(1); // error
    }
}
