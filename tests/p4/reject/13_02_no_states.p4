// P4-16 §13.2: and so at least one.

#include <core.p4>
parser p(packet_in b) { } // error
