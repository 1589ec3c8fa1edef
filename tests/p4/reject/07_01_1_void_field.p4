// P4-16 §7.1.1: a field is not void.

struct S { void x; } // error
