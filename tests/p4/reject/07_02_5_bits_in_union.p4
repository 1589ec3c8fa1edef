// P4-16 §7.2.5: a union's members are headers.

header_union U { bit<8> x; } // error
