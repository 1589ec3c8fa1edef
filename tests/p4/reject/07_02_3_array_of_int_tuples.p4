// P4-16 §7.2.9: no int in the tuples of an array.

control c(inout bit<8> x) {
    tuple<int>[2] t; // error
    apply { x = 1; }
}
