// P4-16 §7.1.5: a string's parameter has no direction.

extern void f(in string s); // error
