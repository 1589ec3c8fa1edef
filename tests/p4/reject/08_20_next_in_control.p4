// P4-16 §8.20: next is for parsers.

header H { bit<8> x; }
control c(inout H[4] a) {
    apply { a.next.x = 1; } // error
}
