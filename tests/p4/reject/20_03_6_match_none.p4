// P4-16 §13.6: and not none.

#include <core.p4>
struct ports_t {
    @match bit<16> port; // error
}
