// P4-16 §7.2.5: members have different names.

header A { bit<8> x; }
header_union U { A a; A a; } // error
