// P4-16 §8.13: and no more.

const tuple<bit<8>, bool> t = { 1, true, 2 }; // error
