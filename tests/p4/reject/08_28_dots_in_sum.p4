// P4-16 §8.28: three dots are no operand.

const bit<8> a = 1 + ...; // error
