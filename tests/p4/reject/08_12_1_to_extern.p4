// P4-16 §8.12.1: nothing is cast to an extern.

extern E { E(); }
control c(inout bit<8> v)(E e) {
    apply { v = (E) v; } // error
}
