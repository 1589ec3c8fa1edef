// P4-16 §8.24: an extern has no fields.

extern E { E(); void m(); }
control c(inout bit<8> v)(E a) {
    apply { v = a.size; } // error
}
