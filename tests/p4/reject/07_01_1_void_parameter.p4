// P4-16 §7.1.1: a parameter is not void.

extern void f(in void x); // error
