// P4-16 §8.2: nor bits.

#include <core.p4>
const bit<8> b = (bit<8>) error.NoError; // error
