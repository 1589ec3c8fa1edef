// P4-16 §8.11: varbits of one type are assigned and compared.

header H { varbit<32> v; varbit<32> w; }
control c(inout H h, inout bool b) {
    apply {
        h.v = h.w;
        b = h.v == h.w || h.v != h.w;
        varbit<32> x = h.v;
        h.w = x;
    }
}
