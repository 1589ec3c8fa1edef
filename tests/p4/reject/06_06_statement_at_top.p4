// P4-16 §6.6: a program is a list of declarations; statements have no place there.

const bit<8> a = 1;
if (a == 1) { } // error
