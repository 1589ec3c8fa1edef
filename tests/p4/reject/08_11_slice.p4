// P4-16 §8.11: nor slices.

header H { varbit<32> v; bit<8> x; }
control c(inout H h) {
    apply { h.x = h.v[7:0]; } // error
}
