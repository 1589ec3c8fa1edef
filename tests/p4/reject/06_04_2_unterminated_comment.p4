// P4-16 §6.4.2: a comment that is opened is closed.

const bit<8> a = 1;
/* this one never ends // error
