// P4-16 §11.1: so it is not what an extern gives.

extern bit<8> f();
const bit<8> k = f(); // error
