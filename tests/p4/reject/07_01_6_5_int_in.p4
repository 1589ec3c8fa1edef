// P4-16 §7.1.6.5: a parameter of type int has no direction.

extern void f(in int x); // error
