// P4-16 §8.10.2: no shift by a negative amount, of a signed enum either.

enum int<8> Amount {
    minus = -1
}
control c(inout bit<8> x) {
    apply {
        x = x << Amount.minus; // error
    }
}
