// P4-16 §12.1: no logical operator before the equals sign.

control c(inout bool v) {
    apply { v &&= true; } // error
}
