// P4-16 §8.20: nor of two types.

header H { bit<8> x; }
header G { bit<8> x; }
control c(in H[4] a, in G[4] b, inout bool r) {
    apply { r = a == b; } // error
}
