// P4-16 §8.5: and ||.

const bool b = true || 1; // error
