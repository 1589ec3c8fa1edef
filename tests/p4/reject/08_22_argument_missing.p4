// P4-16 §8.22: each parameter has an argument.

extern void f(in bit<32> x, out bit<16> y);
control c(in bit<32> xa) {
    apply { f(x = xa); } // error
}
