// P4-16 §8.9: the first bound is not below the second.

const bit<4> a = 0xff[0:3]; // error
