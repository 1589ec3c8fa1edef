// P4-16 §12.8: loops with a condition, over ranges and stacks; break and continue.

header H { bit<8> x; }
control c(inout bit<8> v, inout H[4] hs, in bit<8> n) {
    action a() {
        for (bit<8> i = 0; i < 4; i = i + 1) { v = v + i; }
    }
    apply {
        for (bit<8> i = 0; i < n; i = i + 1) { v = v + i; }
        for (bit<8> i = 0, bit<8> j = 9; i < j; i = i + 1, j = j - 1) {
            if (i == 3) { continue; }
            if (j == 2) { break; }
            v = v + j;
        }
        bit<8> k;
        for (k = 0; k < 3; k += 1) v = v + k;
        for (; v < 100;) { v = v + 50; }
        for (bit<8> i in 1 .. 5) { v = v + i; }
        for (bit<8> i in n .. 9) v = v + i;
        for (H h in hs) { v = v + h.x; }
        for (@name("outer") bit<8> i in 0 .. 2) { for (bit<8> j in 0 .. i) { break; } }
        a();
    }
}
