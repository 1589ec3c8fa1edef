// P4-16 §6.4.3.2: a base is followed by digits.

const bit<8> a = 0x; // error
