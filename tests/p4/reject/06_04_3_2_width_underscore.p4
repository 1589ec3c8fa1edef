// P4-16 §6.4.3.2: no underscore in a literal's width.

const bit<16> a = 1_6w5; // error
