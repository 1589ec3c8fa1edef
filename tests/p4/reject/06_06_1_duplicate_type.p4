// P4-16 §6.6.1: types and constants share their scope.

struct S { bit<8> x; }
header S { bit<8> x; } // error
