// P4-16 §6.6.1: two declarations of a scope have different names.

const bit<8> a = 1;
const bit<8> a = 2; // error
