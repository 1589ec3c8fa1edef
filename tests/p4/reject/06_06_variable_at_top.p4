// P4-16 §6.6: variables are not declared at the top level.

bit<8> a = 1; // error
