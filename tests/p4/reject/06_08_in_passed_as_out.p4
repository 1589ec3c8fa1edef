// P4-16 §6.8: an `in` parameter is no argument for an `out` one.

extern void f(out bit<8> x);
control c(in bit<8> v) {
    apply { f(v); } // error
}
