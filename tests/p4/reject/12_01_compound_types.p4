// P4-16 §12.1: the operator has operands that it can take.

control c(inout bool v) {
    apply { v += true; } // error
}
