// P4-16 §11.1: a constant's value is known to the compiler.

control c(in bit<8> v) {
    const bit<8> k = v; // error
    apply { }
}
