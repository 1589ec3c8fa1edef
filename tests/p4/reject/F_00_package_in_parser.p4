// P4-16 §F: nor in a parser.

#include <core.p4>
package P(bit<8> x);
parser p(packet_in b) {
    P(1) inner; // error
    state start { transition accept; }
}
