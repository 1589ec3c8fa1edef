// P4-16 §7.2.4: stacks do not nest.

header H { bit<8> x; }
typedef H[2] Stack;
struct S { Stack[3] s; } // error
