// P4-16 §8.9: nor is |.

const int a = 5 | 3; // error
