// P4-16 §6.2: #else belongs to an #if.

const bit<8> a = 1;
#else // error
const bit<8> b = 2;
