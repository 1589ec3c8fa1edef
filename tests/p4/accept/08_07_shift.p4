// P4-16 §8.7: shifts by any unsigned value, also beyond the width.

control c(inout bit<16> x, in bit<3> y, in bit<64> z) {
    apply {
        x = x << y;
        x = x >> z;
        x = x << 1024;
        x = x >> 16w3;
        x = x << 0;
    }
}
