// P4-16 §F: an extern is no parameter of a function.

extern E { E(); void m(); }
void f(E e) { e.m(); } // error
