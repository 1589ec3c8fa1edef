// P4-16 §6.4.1: an identifier does not begin with a digit.

const bit<8> 1a = 1; // error
