// P4-16 §12.7.2, beyond the text: a switch on a Boolean.

control c(inout bit<8> v, in bool b) {
    apply {
        switch (b) {
            true: { v = 1; }
        }
    }
}
