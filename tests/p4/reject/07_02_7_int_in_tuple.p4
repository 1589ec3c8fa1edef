// P4-16 §7.2.7: no int in the tuple of a variable.

control c(inout bit<8> v) {
    apply {
        tuple<int, bool> t; // error
        v = 1;
    }
}
