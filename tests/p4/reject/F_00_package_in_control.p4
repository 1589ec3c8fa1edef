// P4-16 §F: nor is a package made in a control.

package P(bit<8> x);
control c() {
    P(1) p; // error
    apply { }
}
