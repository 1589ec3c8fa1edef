// P4-16 §13.6: @match has one match kind.

#include <core.p4>
struct ports_t {
    @match(exact, lpm) bit<16> port; // error
}
