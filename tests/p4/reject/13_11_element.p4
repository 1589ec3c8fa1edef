// P4-16 §13.11: values are bits, signed integers, tuples, structures or enums with a type.

#include <core.p4>
header_union U { }
parser p(packet_in b, in U u) {
    value_set<U>(4) vs; // error
    state start { transition accept; }
}
