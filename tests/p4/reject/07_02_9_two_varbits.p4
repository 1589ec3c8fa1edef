// P4-16 §7.2.9: a header has one varbit at most, for an extract tells the length of one.

header H { varbit<8> x; varbit<8> y; } // error
