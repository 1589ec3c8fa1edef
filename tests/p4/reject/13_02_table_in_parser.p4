// P4-16 §13.2: nor a table.

#include <core.p4>
action a() { }
parser p(packet_in b) {
    table t { actions = { a; } } // error
    state start { transition accept; }
}
