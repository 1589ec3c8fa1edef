// P4-16 §8.5: `!` takes a Boolean.

const bool b = !8w1; // error
