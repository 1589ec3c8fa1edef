// P4-16 §8.3: bits become an enum by a cast only.

enum bit<8> E { a = 0 }
control c(inout E e) {
    apply { e = 8w0; } // error
}
