// P4-16 §11.3.1: an abstract method is implemented once.

extern E {
    E();
    abstract bit<8> f(in bit<8> x);
}
E() e = {
    bit<8> f(in bit<8> x) { return x; }
    bit<8> f(in bit<8> x) { return 0; } // error
};
