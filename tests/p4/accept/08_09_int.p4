// P4-16 §8.9: integers without a width.

#include <core.p4>
const int a = 7 / 2 * 2 + 7 % 2 - 0;
const bool b = static_assert(a == 7, "division truncates");
const bool d = static_assert(1 << 100 >> 98 == 4, "no bit is lost");
const bool e = static_assert(-5 >> 1 == -3, "shift rounds down");
const bool f = static_assert(0xabcd[7:4] == 4w0xc, "slice");
const bool g = static_assert((-1)[3:0] == 15, "slice of a negative value");
const bool h = static_assert(2 < 3 && 3 >= 3 && 2 != 3, "comparisons");
const int i = -(+5);
const int j = 1 << 8w3;
