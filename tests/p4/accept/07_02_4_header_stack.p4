// P4-16 §7.2.4: stacks of headers and of unions.

header M { bit<20> label; bit<3> tc; bit bos; bit<8> ttl; }
header N { bit<8> x; }
header_union U { M m; N n; }
const int depth = 3;
struct S { M[10] mpls; U[depth] us; N[(depth + 1)] ns; }
typedef M[4] Stack;
control c(inout S s, inout Stack t) {
    apply {
        t[0] = s.mpls[9];
        s.us[1].n = s.ns[0];
    }
}
