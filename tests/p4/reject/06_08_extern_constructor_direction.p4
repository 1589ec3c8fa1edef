// P4-16 §6.8: nor have an extern's.

extern E { E(in bit<8> size); } // error
