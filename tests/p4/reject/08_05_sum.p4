// P4-16 §8.5: nor a sum.

const bool b = true + true; // error
