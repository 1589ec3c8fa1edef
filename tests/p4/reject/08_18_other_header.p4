// P4-16 §8.18: headers of two types are not compared.

header H { bit<8> x; }
header G { bit<8> x; }
control c(in H h, in G g, inout bool b) {
    apply { b = h == g; } // error
}
