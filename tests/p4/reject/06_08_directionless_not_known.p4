// P4-16 §6.8: without a direction, the argument is known to the compiler.

extern void f(bit<8> x);
control c(inout bit<8> v) {
    apply { f(v); } // error
}
