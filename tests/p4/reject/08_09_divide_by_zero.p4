// P4-16 §8.9: nothing is divided by zero.

const int a = 5 / 0; // error
