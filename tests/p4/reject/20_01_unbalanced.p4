// P4-16 §20.1: parentheses of a body are balanced.

@a(1)) const bit<8> k = 1; // error
