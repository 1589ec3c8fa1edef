// P4-16 §7.1.6.2: a width that is no literal is in parentheses.

const int n = 8;
const bit<n> a = 1; // error
