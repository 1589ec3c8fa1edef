// P4-16 §8.3: nor another enum.

enum bit<8> E { a = 0 }
enum bit<8> F { a = 0 }
control c(inout E e) {
    apply { e = F.a; } // error
}
