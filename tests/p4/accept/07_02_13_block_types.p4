// P4-16 §7.2.13: types of parsers and controls, generic or not.

#include <core.p4>
struct Counters { bit<8> c; }
parser P<H>(packet_in b, out H packetHeaders, out Counters counters);
parser Q(packet_in b, out bit<8> x);
control C<H, M>(inout H h, in M m);
control D();
package Top<H>(P<H> p, C<H, _> c, D d);
header H { bit<8> x; }
parser mp(packet_in b, out H h, out Counters k) { state start { b.extract(h); k.c = 0; transition accept; } }
control mc(inout H h, in bit<8> m) { apply { h.x = m; } }
control md() { apply { } }
Top(mp(), mc(), md()) main;
