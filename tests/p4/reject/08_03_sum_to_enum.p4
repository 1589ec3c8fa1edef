// P4-16 §8.3: nor does a sum without one.

enum bit<8> E { a = 0, b = 1 }
control c(inout E e) {
    apply { e = E.a + E.b; } // error
}
