// P4-16 §7.2.6: a structure does not contain itself.

struct S { bit<8> x; S s; } // error
