// P4-16 §7.6: nor is a literal one.

type bit<32> U32;
const U32 x = 1; // error
