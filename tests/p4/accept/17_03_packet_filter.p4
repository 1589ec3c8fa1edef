// P4-16 §17.3: a package that decides whether a packet is dropped.

#include <core.p4>
parser Parser<H>(packet_in packet, out H headers);
control Filter<H>(inout H headers, out bool accept);
package Program<H>(Parser<H> p, Filter<H> f);
header E { bit<16> t; }
struct Hs { E e; }
parser prs(packet_in packet, out Hs headers) { state start { packet.extract(headers.e); transition accept; } }
control pipe(inout Hs headers, out bool accept) { apply { accept = headers.e.t == 0x800; } }
Program(prs(), pipe()) main;
