// P4-16 §13.2: a parser is not generic.

#include <core.p4>
parser p<H>(packet_in b, out H data) { state start { transition accept; } } // error
