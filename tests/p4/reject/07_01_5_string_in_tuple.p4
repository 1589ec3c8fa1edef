// P4-16 §7.1.5, §7.2.9: no string in the tuple of a variable.

control c(inout bit<8> x) {
    apply {
        tuple<bit<8>, string> t; // error
        x = t[0];
    }
}
