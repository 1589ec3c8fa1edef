// P4-16 §6.9: an inner declaration shadows an outer one.

const bit<4> x = 1;
control p(inout bit<8> r) {
    const bit<8> x = 8;
    const bit<4> y = .x;
    const bit<8> z = x;
    apply { r = z + (bit<8>) y; }
}
