// P4-16 §7.2.1: without a type beneath, no member has a value.

enum E { a = 1 } // error
