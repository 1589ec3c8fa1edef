// P4-16 §8.11: nor compared.

header H { varbit<32> v; varbit<64> w; }
control c(in H h, inout bool b) {
    apply { b = h.v == h.w; } // error
}
