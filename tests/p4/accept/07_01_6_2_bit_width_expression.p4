// P4-16 §7.1.6.2: a width may be an expression in parentheses; bit is bit<1>; 0 is a width.

const bit<32> x = 10;
const bit<(x + 2)> y = 15;
const int n = 4;
typedef bit<(n * 2)> byte;
typedef bit<(n)> nibble;
const bit one = 1;
struct S { bit<0> nothing; byte b; nibble c; bit<4096> wide; }
