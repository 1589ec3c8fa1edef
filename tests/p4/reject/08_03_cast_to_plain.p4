// P4-16 §8.3: nor bits to it.

enum X { v1, v2 }
const X b = (X) 8w1; // error
