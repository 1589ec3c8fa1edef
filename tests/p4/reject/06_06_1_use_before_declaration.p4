// P4-16 §6.6.1: a use follows the declaration.

const bit<8> a = b; // error
const bit<8> b = 1;
