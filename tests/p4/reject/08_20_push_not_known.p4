// P4-16 §8.20: push_front's count is known to the compiler.

header H { bit<8> x; }
control c(inout H[4] hs, in bit<8> n) {
    apply { hs.push_front(n); } // error
}
