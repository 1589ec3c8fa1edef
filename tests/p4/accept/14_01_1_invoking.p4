// P4-16 §14.1.1: called with all arguments, which need not be known.

control c(inout bit<8> v, in bit<8> w) {
    action a(in bit<8> x, bit<8> y) { v = x + y; }
    action b(bit<8> y) { a(y, y + 1); a(y = 1, x = w); }
    apply {
        a(w, v);
        a(x = v, y = w);
        b(w);
        b(v + 3);
    }
}
