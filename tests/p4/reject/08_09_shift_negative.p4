// P4-16 §8.9: and not by less than nothing.

const int a = 1 << -1; // error
