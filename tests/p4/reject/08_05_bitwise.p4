// P4-16 §8.5: & takes no Booleans.

const bool b = true & false; // error
