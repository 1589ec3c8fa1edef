// P4-16 §7.2.6: no control in a structure.

control C(inout bit<8> v);
struct S { C c; } // error
