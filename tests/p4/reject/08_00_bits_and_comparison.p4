// P4-16 §8: comparisons have no order among themselves that chains.

const bool a = 1 < 2 < 3; // error
