// P4-16 §8.13: a tuple has as many elements as its type.

const tuple<bit<8>, bool> t = { 1 }; // error
