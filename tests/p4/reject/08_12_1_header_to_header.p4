// P4-16 §8.12.1: nor a header to another.

header H { bit<8> x; }
header G { bit<8> x; }
control c(inout H h, in G g) {
    apply { h = (H) g; } // error
}
