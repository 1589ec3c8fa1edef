// P4-16 §8.11: varbits of two types are not assigned.

header H { varbit<32> v; varbit<64> w; }
control c(inout H h) {
    apply { h.v = h.w; } // error
}
