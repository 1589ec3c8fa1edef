// P4-16 §8.23: and have the types of its parameters.

extern E { E(bit<32> size); }
E(true) e; // error
