// P4-16 §6.8.2: an optional parameter has no default value.

extern void f(@optional in bit<8> x = 1); // error
