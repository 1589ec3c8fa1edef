// P4-16 §11.1: of its type.

const bit<8> k = true; // error
