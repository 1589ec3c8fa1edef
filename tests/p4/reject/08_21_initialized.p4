// P4-16 §8.21: a union is not initialized with fields.

header H { bit<8> x; }
header_union U { H h; }
control c() {
    apply {
        U u = { { 1 } }; // error
    }
}
