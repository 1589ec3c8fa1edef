// P4-16 §7.2.11.2.1: an abstract method is implemented.

extern E { E(); abstract bit<8> m(in bit<8> x); }
E() e; // error
