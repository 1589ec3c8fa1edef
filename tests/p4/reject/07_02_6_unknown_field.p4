// P4-16 §7.2.6: a field that is used is declared.

struct S { bit<8> x; }
control c(inout S s) {
    apply { s.y = 1; } // error
}
