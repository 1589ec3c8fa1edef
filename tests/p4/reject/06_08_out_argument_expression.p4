// P4-16 §6.8: an argument for an `out` parameter is an l-value.

extern void f(out bit<8> x);
control c(inout bit<8> v) {
    apply { f(v + 1); } // error
}
