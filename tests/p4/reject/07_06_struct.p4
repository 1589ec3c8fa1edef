// P4-16 §7.6: no new type of a structure.

struct S { bit<8> x; }
type S T; // error
