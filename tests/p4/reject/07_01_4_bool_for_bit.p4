// P4-16 §7.1.4: a Boolean is no bit string.

const bit<1> b = true; // error
