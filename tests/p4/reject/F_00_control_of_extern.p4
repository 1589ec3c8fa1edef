// P4-16 §F: nor of an extern.

control C(inout bit<8> v);
extern E { E(C c); } // error
