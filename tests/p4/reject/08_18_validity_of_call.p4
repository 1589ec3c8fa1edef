// P4-16 §8.18: setValid is called on an l-value.

header H { bit<8> x; }
H f() { H h; return h; }
control c() {
    apply { f().setValid(); } // error
}
