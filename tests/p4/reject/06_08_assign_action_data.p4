// P4-16 §6.8: without a direction, a control's parameter is not written.

control c(bit<8> k, inout bit<8> v) {
    apply { k = v; } // error
}
