// P4-16 §8.3: nor is it cast to bits.

enum X { v1, v2 }
const bit<8> b = (bit<8>) X.v1; // error
