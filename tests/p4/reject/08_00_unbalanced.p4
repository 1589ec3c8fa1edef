// P4-16 §8: parentheses are balanced.

const bit<8> a = (1 + 2; // error
