// P4-16 §7.2.1: nor is it a header.

header H { bit<8> x; }
enum H E { a = 1 } // error
