// P4-16 §6.9: a name that nothing declares is told once in each control.

control c(out bit<8> b) {
    apply {
        count = 1; // error
        count = count + 1;
        b = count;
    }
}
control d(out bit<8> b) {
    apply { b = count; }
}
