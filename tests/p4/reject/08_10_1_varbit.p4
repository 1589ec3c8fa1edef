// P4-16 §8.10.1: a varbit is not joined.

header H { varbit<8> v; bit<16> x; }
control c(inout H h) {
    apply { h.x = 8w0 ++ h.v; } // error
}
