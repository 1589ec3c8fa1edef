// P4-16 §7.1.6.5: nor has a control's parameter with a direction.

control c(inout int x) { // error
    apply { }
}
