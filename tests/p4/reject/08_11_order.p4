// P4-16 §8.11: varbits have no order.

header H { varbit<32> v; }
control c(in H h, inout bool b) {
    apply { b = h.v < h.v; } // error
}
