// P4-16 §8.5: a Boolean is not equal to a bit.

const bool b = true == 1w1; // error
