// P4-16 §7.1.5: no variable is a string.

control c() {
    apply {
        string s = "text"; // error
    }
}
