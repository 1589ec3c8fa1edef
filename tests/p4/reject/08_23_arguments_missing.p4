// P4-16 §8.23: and are there.

extern E { E(bit<32> size); }
E() e; // error
