// P4-16 §7.1.6.6: a literal that does not fit is cut, with a warning.

#include <core.p4>
const bool a = static_assert(2s3 == -1, "2s3");
const bool b = static_assert(1w10 == 0, "1w10");
const bool c = static_assert(1s1 == -1, "1s1");
const bit<8> d = 256;
const bit<4> e = -1;
const bit<8> f = 8w0x1ff;
