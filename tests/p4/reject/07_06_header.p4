// P4-16 §7.6: no new type of a header.

header H { bit<8> x; }
type H T; // error
