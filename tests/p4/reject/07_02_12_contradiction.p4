// P4-16 §7.2.12: a type variable has one type.

extern void f<T>(in T a, in T b);
control c(in bit<8> x, in bit<16> y) {
    apply { f(x, y); } // error
}
