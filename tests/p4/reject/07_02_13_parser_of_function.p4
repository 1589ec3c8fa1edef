// P4-16 §7.2.13: a parser is no parameter of an extern function.

#include <core.p4>
parser P(packet_in b);
extern void f(P p); // error
