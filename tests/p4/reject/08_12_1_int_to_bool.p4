// P4-16 §8.12.1: only 0 and 1 are cast to bool.

const bool b = (bool) 2; // error
