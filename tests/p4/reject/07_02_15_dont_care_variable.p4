// P4-16 §7.2.15: no variable has the type `_`.

control c() {
    apply {
        _ x; // error
    }
}
