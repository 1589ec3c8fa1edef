// P4-16 §8.5: nor a negative.

const bool b = -true; // error
