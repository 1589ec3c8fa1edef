// P4-16 §7.2.2: headers do not nest.

header A { bit<8> x; }
header B { A a; } // error
