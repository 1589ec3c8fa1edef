// P4-16 §8.11: nor compared.

header H { varbit<32> v; }
header G { varbit<64> w; }
control c(in H h, in G g, inout bool b) {
    apply { b = h.v == g.w; } // error
}
