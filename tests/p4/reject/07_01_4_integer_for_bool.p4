// P4-16 §7.1.4: an integer is no Boolean.

const bool b = 1; // error
