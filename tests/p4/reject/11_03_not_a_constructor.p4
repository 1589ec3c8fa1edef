// P4-16 §11.3: a structure has no constructor.

struct S { bit<8> x; }
S(1) s; // error
