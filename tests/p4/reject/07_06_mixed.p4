// P4-16 §7.6: old and new do not mix.

type bit<32> U32;
control c(inout U32 x, in bit<32> y) {
    apply { x = y; } // error
}
