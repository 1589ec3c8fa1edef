// P4-16 §20.2: a key is there once.

@DupKey[k1=4, k1=5] // error
const bit<8> k = 1;
