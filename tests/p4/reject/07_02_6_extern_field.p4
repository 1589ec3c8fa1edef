// P4-16 §7.2.6: no extern in a structure.

extern E { E(); }
struct S { E e; } // error
