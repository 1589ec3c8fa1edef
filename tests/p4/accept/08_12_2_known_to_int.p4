// P4-16 §8.12.2, in practice: what has a width becomes an int by itself where its value is known.

const int two = 2w2;
const int minus = -8s3;
const tuple<bit<4>, int<4>> pair = { 5, -1 };
const int first = pair[0];
const int sum = two + 4 * first;
const bit<(two + 6)> eight_bits = 255;
