// P4-16 §6.8: an `out` parameter has no default value.

extern void f(out bit<8> x = 1); // error
