// P4-16 §8.8: what signed operators give.

#include <core.p4>
const bool a = static_assert(8s127 + 8s1 == -128, "wraps");
const bool b = static_assert(8s127 |+| 8s1 == 127, "saturates");
const bool c = static_assert(-8s128 |-| 8s1 == -128, "saturates below");
const bool d = static_assert(-8s8 >> 1 == -4, "arithmetic shift");
const bool e = static_assert(-8s1 >> 100 == -1, "all ones");
const bool f = static_assert((-8s1)[3:0] == 4w15, "slices are unsigned");
const bool g = static_assert(-8s1 < 8s0, "signed comparison");
