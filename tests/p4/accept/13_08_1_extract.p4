// P4-16 §13.8.1: headers of fixed size, members of unions, elements of stacks.

#include <core.p4>
header H { bit<8> x; }
header G<T> { T t; }
header_union U { H h; G<bit<16>> g; }
struct S { H h; H[3] hs; U u; U[2] us; G<bit<8>> g; }
parser p(packet_in b, out S s, in bit<2> i) {
    state start {
        b.extract(s.h);
        b.extract<H>(s.hs[0]);
        b.extract(s.hs.next);
        b.extract(s.hs[i]);
        b.extract(s.u.g);
        b.extract(s.us.next.h);
        b.extract(s.g);
        H local;
        b.extract(local);
        b.extract(hdr = local);
        b.extract<H>(_);
        transition accept;
    }
}
