// P4-16 §7.1.1: a variable is not void.

control c() {
    apply {
        void v; // error
    }
}
