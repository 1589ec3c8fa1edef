// P4-16 §6.4.3.2: each base has its own digits.

const bit<8> a = 0b102; // error
