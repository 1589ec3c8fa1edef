// P4-16 §8.23: a constructor's arguments are known to the compiler.

extern E { E(bit<32> size); void m(); }
control c(in bit<32> n) {
    E(n) e; // error
    apply { e.m(); }
}
