// P4-16 §8.12.2: an argument of an `out` parameter has its type.

extern void f(out bit<16> x);
control c(inout bit<8> v) {
    apply { f(v); } // error
}
