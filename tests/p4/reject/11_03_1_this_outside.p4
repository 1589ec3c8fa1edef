// P4-16 §11.3.1: `this` is for abstract methods.

control c(inout bit<8> v) {
    apply { this.m(); } // error
}
