// P4-16 §20: an annotation has a name.

@(1) const bit<8> k = 1; // error
