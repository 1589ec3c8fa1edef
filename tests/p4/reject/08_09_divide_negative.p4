// P4-16 §8.9: a negative value is not divided.

const int a = -5 / 2; // error
