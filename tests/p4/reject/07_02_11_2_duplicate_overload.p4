// P4-16 §7.2.11.2: two overloads differ in more than their types.

extern E {
    E();
    void m(in bit<8> a);
    void m(in bit<16> a); // error
}
