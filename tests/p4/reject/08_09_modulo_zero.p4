// P4-16 §8.9: nor is there a rest.

const int a = 5 % 0; // error
