// P4-16 §7.2.10.1: sets have no type that a program can name.

control c(inout bit<8> v) {
    apply {
        set<bit<8>> s; // error
        v = 1;
    }
}
