// P4-16 §12.8: loops in functions; declarations end with the loop.

bit<8> count(in bit<32> v) {
    bit<8> n = 0;
    for (bit<32> x = v; x != 0; x = x & (x - 1)) { n = n + 1; }
    for (bit<8> x in 0 .. 3) { n = n + x; }
    for (bit<8> i = 0; i < 2; i = i + 1) { if (n == 5) { return i; } }
    return n;
}
control c(inout bit<32> v) { apply { v = 24w0 ++ count(v); } }
