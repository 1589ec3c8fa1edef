// P4-16 §8.22: an argument has its parameter's type.

extern void f(in bit<32> x);
control c(in bool b) {
    apply { f(b); } // error
}
