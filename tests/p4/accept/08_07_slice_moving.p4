// P4-16 §8.7: the low bit of x[low +: width] need not be known; on the left side, too.

#include <core.p4>
control c(inout bit<64> v, inout int<16> s, in bit<6> low, in bit<4> nibble) {
    apply {
        v[low +: 4] = nibble;
        s[nibble +: 4] = v[low +: 8][nibble +: 4];
        v[31:0][low +: 8] = v[63:32][low +: 8];
    }
}
