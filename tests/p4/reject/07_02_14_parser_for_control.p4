// P4-16 §7.2.14: a parser is no control.

#include <core.p4>
control C(packet_in b);
package Top(C c);
parser p(packet_in b) { state start { transition accept; } }
Top(p()) main; // error
