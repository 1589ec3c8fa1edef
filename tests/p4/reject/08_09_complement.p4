// P4-16 §8.9: ~ is not defined for int.

const int a = ~1; // error
