// P4-16 §8.11: nor are they cast to bits.

header H { varbit<32> v; bit<32> x; }
control c(inout H h) {
    apply { h.x = (bit<32>) h.v; } // error
}
