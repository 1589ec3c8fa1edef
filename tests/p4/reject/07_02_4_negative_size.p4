// P4-16 §7.2.4: nor is it negative.

header H { bit<8> x; }
struct S { H[-1] hs; } // error
