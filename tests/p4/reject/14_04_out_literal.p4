// P4-16 §14.4: and are l-values where they are written.

control inner(out bit<8> v) { apply { v = 1; } }
control c() {
    inner() i;
    apply { i.apply(8w5); } // error
}
