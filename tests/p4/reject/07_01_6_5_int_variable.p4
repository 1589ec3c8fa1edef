// P4-16 §7.1.6.5: no value has the type int when the program runs.

control c(inout bit<8> v) {
    apply {
        int x = 5; // error
        v = 1;
    }
}
