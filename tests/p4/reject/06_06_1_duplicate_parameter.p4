// P4-16 §6.6.1: two parameters have different names.

extern void f(in bit<8> a, in bit<16> a); // error
