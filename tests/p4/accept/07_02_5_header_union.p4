// P4-16 §7.2.5: one of several headers; it may be empty.

header A { bit<8> a; }
header B { bit<16> b; varbit<8> c; }
header_union U { A a; B b; }
header_union None { }
struct S { U u; None n; }
