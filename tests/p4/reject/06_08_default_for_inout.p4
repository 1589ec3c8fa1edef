// P4-16 §6.8: an `inout` parameter has no default value.

extern void f(inout bit<8> x = 1); // error
