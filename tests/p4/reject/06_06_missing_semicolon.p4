// P4-16 §6.6: a constant ends with a semicolon.

const bit<8> a = 1 // error
const bit<8> b = 2;
