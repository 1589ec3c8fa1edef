// P4-16 §6.4.1: the single underscore is no name.

const bit<8> _ = 1; // error
