// P4-16 §7.2.2: no union in a header.

header A { bit<8> x; }
header_union U { A a; }
header B { U u; } // error
