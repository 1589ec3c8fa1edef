// P4-16 §F: nor is a package one of a control.

package P(bit<8> x);
control c()(P p) { // error
    apply { }
}
