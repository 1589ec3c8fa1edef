// P4-16 §7.2.11.2: controls are not overloaded.

control c(inout bit<8> a) { apply { } }
control c(inout bit<8> a, inout bit<8> b) { apply { } } // error
