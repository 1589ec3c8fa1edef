// P4-16 §8.11: varbits of one type are assigned and compared.

header H { varbit<32> v; }
control c(inout H h, inout H g, inout bool b) {
    apply {
        h.v = g.v;
        b = h.v == g.v || h.v != g.v;
        varbit<32> x = h.v;
        g.v = x;
    }
}
