// P4-16 §7.2.5: no union in a union.

header A { bit<8> x; }
header_union U { A a; }
header_union V { U u; } // error
