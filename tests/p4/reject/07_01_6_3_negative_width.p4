// P4-16 §7.1.6.3: a width is not negative.

const int<(2 - 5)> a = 1; // error
