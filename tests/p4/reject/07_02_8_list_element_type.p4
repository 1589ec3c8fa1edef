// P4-16 §7.2.8: elements of a list have its type.

extern E { E(list<bit<8>> data); }
E((list<bit<8>>) { 1, true }) e; // error
