// P4-16 §8.5: so does &&.

const bool b = 8w1 && true; // error
