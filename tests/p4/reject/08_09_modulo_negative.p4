// P4-16 §8.9: nor has it a rest.

const int a = 5 % -2; // error
