// P4-16 §11.1: and width.

const bit<8> k = 16w1; // error
