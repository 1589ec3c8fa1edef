// P4-16 §7.1.6.5: no field has the type int.

struct S { int x; } // error
