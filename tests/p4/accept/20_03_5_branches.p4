// P4-16 §20.3.5: hints for branches (after v1.2.5).

control c(inout bit<8> v) {
    apply {
        if (v == 1) @unlikely { v = 2; } else @likely { v = 3; }
        switch (v) { 1: @likely { v = 4; } default: @unlikely { v = 5; } }
    }
}
