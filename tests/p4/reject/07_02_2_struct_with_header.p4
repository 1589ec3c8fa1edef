// P4-16 §7.2.2: nor does a structure bring one in.

header A { bit<8> x; }
struct S { A a; }
header B { S s; } // error
