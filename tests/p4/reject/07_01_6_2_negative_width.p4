// P4-16 §7.1.6.2: a width is not negative.

const bit<(-1)> a = 1; // error
