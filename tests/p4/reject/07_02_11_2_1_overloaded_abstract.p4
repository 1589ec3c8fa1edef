// P4-16 §7.2.11.2.1: abstract methods are not overloaded.

extern E {
    E();
    abstract void m(in bit<8> a);
    abstract void m(in bit<8> a, in bit<8> b); // error
}
