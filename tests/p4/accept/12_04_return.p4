// P4-16 §12.4: from actions, functions and controls.

bit<8> f(in bit<8> x) {
    if (x == 1) { return 2; }
    return x;
}
control c(inout bit<8> v) {
    action a() {
        if (v == 3) { return; }
        v = 4;
    }
    apply {
        a();
        if (v == 5) return;
        v = f(v);
        return;
    }
}
