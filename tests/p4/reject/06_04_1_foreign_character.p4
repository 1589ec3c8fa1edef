// P4-16 §6.4.1: a character that begins no token.

const bit<8> a = 1 $ 2; // error
