// P4-16 §8.13: of its types.

const tuple<bit<8>, bool> t = { true, 1 }; // error
