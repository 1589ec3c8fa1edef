// P4-16 §8.24: a method is called.

extern E { E(); bit<8> m(); }
control c(inout bit<8> v)(E a) {
    apply { v = a.m; } // error
}
