// P4-16 §8.3: nor a sum.

enum X { v1, v2 }
control c(inout X x) {
    apply { x = x + X.v1; } // error
}
