// P4-16 §8.18: validity, copies, comparison and the invalid header.

header H { bit<32> x; bit<32> y; }
control c(inout H h, inout H g, inout bool b) {
    apply {
        h.setValid();
        g.setInvalid();
        b = h.isValid() && !g.isValid();
        h = g;
        b = h == g || h != g;
        h = { 10, 12 };
        h = { y = 12, x = 10 };
        h = {#};
        b = h == {#};
        h = (H) {#};
        if (h == (H) { x = 1, y = 2 }) { h.x = h.y; }
    }
}
