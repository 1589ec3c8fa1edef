// P4-16 §12.8: a loop begins with variables, assignments and calls; after a fault there its body is read all the same.

control c(inout bit<8> v) {
    apply {
        for (const bit<8> i = 1; v < i; v = v + 1) { v = v + i; } // error
        v = 1;
    }
}
