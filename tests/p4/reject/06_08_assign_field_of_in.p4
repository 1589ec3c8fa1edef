// P4-16 §6.8: nor is a field of one.

struct S { bit<8> x; }
control c(in S s) {
    apply { s.x = 1; } // error
}
