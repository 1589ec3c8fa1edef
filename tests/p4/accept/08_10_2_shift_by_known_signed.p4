// P4-16 §8.10.2: the amount of a shift may be of a signed type where it is known and not negative.

enum int<8> Amount {
    one = 1,
    two = 2
}
const int<6> three = 3;
const int eight = 1 << three;
control c(inout bit<8> x, inout int<16> y) {
    apply {
        x = x << three;
        x = x >> 8s1;
        y = y << Amount.two;
        y >>= 4s5;
    }
}
