// P4-16 §13.5: a state that is gone to is declared.

#include <core.p4>
parser p(packet_in b) {
    state start { transition nowhere; } // error
}
