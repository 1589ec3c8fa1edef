// P4-16 §7.2.1: nor is it varbit.

enum varbit<8> E { a = 1 } // error
