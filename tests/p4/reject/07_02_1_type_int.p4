// P4-16 §7.2.1: nor is it int.

enum int E { a = 1 } // error
