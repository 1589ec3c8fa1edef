// P4-16 §20.2: pairs and expressions do not mix.

@IllegalMixing[key=4, 5] // error
const bit<8> k = 1;
