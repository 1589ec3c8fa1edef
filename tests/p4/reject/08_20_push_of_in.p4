// P4-16 §8.20: a stack that is only read is not moved.

header H { bit<8> x; }
control c(in H[4] hs) {
    apply { hs.push_front(1); } // error
}
