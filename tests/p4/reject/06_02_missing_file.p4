// P4-16 §6.2: a file that is included exists.

#include "there_is_no_such_file.p4" // error
const bit<8> a = 1;
