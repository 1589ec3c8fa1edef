// P4-16 §11.3.2: nor is a parser.

#include <core.p4>
parser p(packet_in b) { state start { transition accept; } }
p() p1; // error
