// P4-16 §8: an operator has its operands.

const bit<8> a = 1 + ; // error
