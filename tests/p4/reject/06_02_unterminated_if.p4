// P4-16 §6.2: each #if has its #endif.

const bit<8> a = 1;
#if 1 // error
const bit<8> b = 2;
