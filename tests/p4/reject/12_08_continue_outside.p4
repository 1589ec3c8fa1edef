// P4-16 §12.8: so is continue.

control c(inout bit<8> v) {
    apply {
        continue; // error
    }
}
