// P4-16 §19: conditions that hold when the program is compiled.

#include <core.p4>
#define VERSION 20180101
const bool _check = static_assert(VERSION > 20180000, "Expected a newer version");
const bool _other = static_assert(true);
header H { bit<8> x; bit<24> y; }
const bool _size = static_assert(H.minSizeInBytes() == 4, "H is four bytes" ++ ".");
control c(inout bit<8> v) {
    apply { static_assert(VERSION != 0, "in a block"); v = 1; }
}
