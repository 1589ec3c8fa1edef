// P4-16 §7.2.1: with a type beneath, each member has a value.

enum bit<8> E { a = 1, b } // error
