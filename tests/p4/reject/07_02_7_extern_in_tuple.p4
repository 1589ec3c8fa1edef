// P4-16 §7.2.7: no extern in a tuple.

extern E { E(); }
struct S { tuple<bit<8>, E> t; } // error
