// P4-16 §12.7.2: a switch is not on a Boolean.

control c(inout bit<8> v, in bool b) {
    apply {
        switch (b) { // error
            true: { v = 1; }
        }
    }
}
