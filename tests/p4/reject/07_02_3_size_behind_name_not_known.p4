// P4-16 §7.2.3: a size behind the name is known as well.

control c(in bit<8> n) {
    apply {
        bit<8> x[n]; // error
    }
}
