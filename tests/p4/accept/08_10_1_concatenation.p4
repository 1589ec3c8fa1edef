// P4-16 §8.10.1: widths add up; the sign is the left side's.

control c(inout bit<16> x, in bit<8> u, in int<8> s, inout int<16> y) {
    apply {
        x = u ++ u;
        x = u ++ s;
        y = s ++ u;
        y = s ++ s;
        x = 4w1 ++ u ++ 4w2;
        x[11:4] = u[3:0] ++ u[7:4];
    }
}
