// P4-16 §8.11: varbits of two types are not assigned.

header H { varbit<32> v; }
header G { varbit<64> w; }
control c(inout H h, in G g) {
    apply { h.v = g.w; } // error
}
