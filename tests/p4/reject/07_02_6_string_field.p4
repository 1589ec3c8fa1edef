// P4-16 §7.2.6: no string in a structure.

struct S { string s; } // error
