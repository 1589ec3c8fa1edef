// P4-16 §6.8: a default value is known to the compiler.

extern bit<8> g();
extern void f(in bit<8> x = g()); // error
