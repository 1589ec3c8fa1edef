// P4-16 §7.2.11.2: parsers are not overloaded.

#include <core.p4>
parser p(packet_in b, out bit<32> v) { state start { v = 1; transition accept; } }
parser p(packet_in b) { state start { transition accept; } } // error
