// P4-16 §7.2.6: fields of a structure have different names.

struct S { bit<8> x; bit<8> x; } // error
