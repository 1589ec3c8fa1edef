// P4-16 §8.24: nor assigned.

extern E { E(); void m(); }
control c()(E a, E b) {
    apply { a = b; } // error
}
