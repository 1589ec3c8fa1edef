// P4-16 §8.21: unions of two types are not compared.

header H { bit<8> x; }
header_union U { H h; }
header_union V { H h; }
control c(in U u, in V v, inout bool b) {
    apply { b = u == v; } // error
}
