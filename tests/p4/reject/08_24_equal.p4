// P4-16 §8.24: externs are not compared.

extern E { E(); }
E() a;
E() b;
const bool r = a == b; // error
