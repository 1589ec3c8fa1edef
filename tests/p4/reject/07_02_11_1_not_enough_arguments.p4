// P4-16 §7.2.11.1: an extern function takes as many arguments as it has parameters.

extern void f(in bit<8> a, in bit<8> b);
control c() {
    apply { f(1); } // error
}
