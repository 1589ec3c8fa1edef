// P4-16 §7.5: the new name is not taken.

typedef bit<8> X;
typedef bit<16> X; // error
