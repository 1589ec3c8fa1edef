// P4-16 §F: no extern is called at the top level.

extern bit<8> f();
const bit<8> x = f() + 1; // error
