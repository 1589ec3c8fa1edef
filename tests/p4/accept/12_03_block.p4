// P4-16 §12.3: blocks within blocks, with declarations and annotations.

control c(inout bit<8> v) {
    apply {
        { }
        { bit<8> x = 1; { const bit<8> y = 2; v = x + y; } }
        @atomic { v = v + 1; }
        bit<8> late = v;
        v = late;
    }
}
