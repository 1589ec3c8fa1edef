// P4-16 §7.1.6.4: no literal is a varbit.

header H { varbit<32> v; }
control c(inout H h) {
    apply { h.v = 32w5; } // error
}
