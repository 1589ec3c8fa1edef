// P4-16 §6.4.3.2: no space within a literal.

const bit<8> a = 8w 5; // error
