// P4-16 §8.21: nor setInvalid.

header H { bit<8> x; }
header_union U { H h; }
control c(inout U u) {
    apply { u.setInvalid(); } // error
}
