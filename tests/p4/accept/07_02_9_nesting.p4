// P4-16 §7.2.9: what may be within what.

enum bit<4> SE { a = 1 }
enum PE { a }
header H { bit<4> b; int<4> i; SE e; bool o; bit<3> p; varbit<8> v; }
header G { bit<8> b; }
header_union U { G g; H h; }
struct S {
    bit<8> b; int<8> i; varbit<8> v; error r; bool o; SE se; PE pe; G h; H[3] hs; U u; U[2] us;
    tuple<bit<8>, G, U, PE, error> t;
}
struct R { S s; tuple<S, S> t; }
