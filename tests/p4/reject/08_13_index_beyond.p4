// P4-16 §8.13: an index is below the number of components.

const tuple<bit<8>, bool> t = { 1, true };
const bool b = t[2]; // error
