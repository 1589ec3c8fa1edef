// P4-16 §6.7: a structure-valued expression is no l-value.

struct S { bit<8> x; }
control c(inout bit<8> v) {
    apply { ((S) { x = 1 }).x = v; } // error
}
