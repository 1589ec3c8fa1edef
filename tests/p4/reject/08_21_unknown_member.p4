// P4-16 §8.21: a member that is used is declared.

header H { bit<8> x; }
header_union U { H h; }
control c(inout U u) {
    apply { u.g.x = 1; } // error
}
