// P4-16 §8.14: bits have no fields to be given.

const bit<8> b = { a = 1 }; // error
