// P4-16 §7.2.11.2: a constructor returns nothing, not even void.

extern E {
    void E(bit<8> x); // error
}
