// P4-16 §6.8: without names, a default in the middle is not left out.

extern void f(in bit a, in bit<3> b = 2, in bit<5> c);
control c() {
    apply { f(1, 3); } // error
}
