// P4-16 §7.2.5: no structure in a union.

struct S { bit<8> x; }
header_union U { S s; } // error
