// P4-16 §7.2.2: no stack in a header.

header A { bit<8> x; }
header B { A[2] as; } // error
