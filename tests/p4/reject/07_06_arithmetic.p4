// P4-16 §7.6: a new type has no arithmetic.

type bit<32> U32;
control c(inout U32 x) {
    apply { x = x + x; } // error
}
