// P4-16 §12.7.2: also of an enum.

enum E { a }
enum F { a }
control c(inout bit<8> v, in E e) {
    apply {
        switch (e) {
            F.a: { v = 1; } // error
        }
    }
}
