// P4-16 §8.13: nor is it negative.

const tuple<bit<8>, bool> t = { 1, true };
const bool b = t[-1]; // error
