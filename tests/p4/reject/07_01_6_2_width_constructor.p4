// P4-16 §7.1.6.2: a constructor's parameter is known, but not locally, and is no width.

control c(inout bit<8> v)(int n) {
    bit<(n)> x; // error
    apply { v = 1; }
}
