// P4-16 §11.3.2: a control is not made at the top level.

control c(inout bit<8> v) { apply { v = 1; } }
c() c1; // error
