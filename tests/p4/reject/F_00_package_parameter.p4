// P4-16 §F: a package is no parameter when the program runs.

package P(bit<8> x);
control c(P p) { // error
    apply { }
}
