// P4-16 §8.21: a union has no setValid.

header H { bit<8> x; }
header_union U { H h; }
control c(inout U u) {
    apply { u.setValid(); } // error
}
