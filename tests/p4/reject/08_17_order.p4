// P4-16 §8.17: structures have no order.

struct S { bit<8> x; }
control c(in S s, inout bool b) {
    apply { b = s <= s; } // error
}
