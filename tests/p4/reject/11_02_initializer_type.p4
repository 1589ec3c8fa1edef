// P4-16 §11.2: an initializer has the variable's type.

control c() {
    apply {
        bit<8> x = true; // error
    }
}
