// P4-16 §7.2.6: structures of structures, headers, stacks and unions; an empty one.

header H { bit<8> x; }
header_union U { H h; }
enum E { a }
struct Empty { }
struct Inner { bit<8> x; E e; error r; }
struct Outer { Inner i; H h; H[2] hs; U u; U[2] us; Empty e; tuple<bit<8>, bool> t; varbit<8> v; int<3> n; }
