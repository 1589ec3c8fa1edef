// P4-16 §7.1.5: a string is no number.

const bit<8> b = "text"; // error
