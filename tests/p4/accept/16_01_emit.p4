// P4-16 §16.1: headers, stacks, unions and structures of them.

#include <core.p4>
header H { bit<8> x; }
header V { varbit<32> v; }
header_union U { H h; V v; }
struct Inner { H h; H[2] hs; }
struct S { H h; H[3] hs; U u; U[2] us; Inner i; V v; }
control c(packet_out b, in S s) {
    apply {
        b.emit(s.h);
        b.emit<H>(s.hs[1]);
        b.emit(s.hs);
        b.emit(s.u);
        b.emit(s.us);
        b.emit(s.i);
        b.emit(s);
        if (s.v.isValid()) { b.emit(s.v); }
        b.emit((H) { x = 1 });
    }
}
