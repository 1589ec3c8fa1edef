// P4-16 §19: its condition is known.

#include <core.p4>
control c(inout bit<8> v) {
    apply { static_assert(v == 1, "no"); } // error
}
