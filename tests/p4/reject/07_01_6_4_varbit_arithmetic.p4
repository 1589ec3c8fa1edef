// P4-16 §7.1.6.4: a varbit is not added to.

header H { varbit<32> v; }
control c(inout H h) {
    apply { h.v = h.v + h.v; } // error
}
