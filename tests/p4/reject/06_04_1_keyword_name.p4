// P4-16 §6.4.1: a keyword is no name.

const bit<8> transition = 1; // error
