// P4-16 §7.2.2: fields of a header have different names.

header H { bit<8> x; bit<16> x; } // error
