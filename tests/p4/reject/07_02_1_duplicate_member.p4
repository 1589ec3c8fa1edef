// P4-16 §7.2.1: members of an enum have different names.

enum E { a, b, a } // error
