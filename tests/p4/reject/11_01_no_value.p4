// P4-16 §11.1: a constant has a value.

const bit<8> k; // error
