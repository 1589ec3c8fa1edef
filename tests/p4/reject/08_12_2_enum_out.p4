// P4-16 §8.12.2: also if it is an enum.

enum bit<8> E { a = 1 }
extern void f(inout bit<8> x);
control c(inout E e) {
    apply { f(e); } // error
}
