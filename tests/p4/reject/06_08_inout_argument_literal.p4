// P4-16 §6.8: an argument for an `inout` parameter is an l-value.

extern void f(inout bit<8> x);
control c(inout bit<8> v) {
    apply { f(8w1); } // error
}
