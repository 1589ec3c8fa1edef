// P4-16 §8.12.3: the legal rewritings of illegal arithmetic.

control c(inout bit<8> x, inout bit<16> y, inout int<8> z, inout bool b) {
    apply {
        y = (bit<16>) x + y;
        x = x + (bit<8>) y;
        z = (int<8>) x + z;
        x = x + (bit<8>) z;
        z = (int<8>) (bit<8>) y;
        z = (int<8>) (int<16>) y;
        y = y + (bit<16>) (bit<8>) z;
        x = x << (bit<8>) z;
        b = x < (bit<8>) z || (int<8>) x < z;
        x = (32w1 << x)[7:0];
        x = (~32w1)[7:0];
        x = (32w5 & -3)[7:0];
    }
}
