// P4-16 §7.1.6.2: a width is an integer.

const bit<(true)> a = 1; // error
