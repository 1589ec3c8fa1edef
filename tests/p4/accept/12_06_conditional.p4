// P4-16 §12.6: an else belongs to the nearest if.

control c(inout bit<8> v, in bool a, in bool b) {
    apply {
        if (a) if (b) v = 1; else v = 2;
        if (a) { v = 3; } else if (b) { v = 4; } else { v = 5; }
        if (v == 1 && !a) v = 6;
        if (true) { }
    }
}
