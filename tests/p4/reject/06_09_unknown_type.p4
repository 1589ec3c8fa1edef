// P4-16 §6.9: so is a type's.

control c(inout Nothing v) { // error
    apply { }
}
