// P4-16 §8.22: no more arguments than parameters.

extern void f(in bit<32> x);
control c(in bit<32> xa) {
    apply { f(xa, xa); } // error
}
