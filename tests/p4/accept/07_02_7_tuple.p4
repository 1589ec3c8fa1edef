// P4-16 §7.2.7: tuples, nested and without components.

header H { bit<8> x; }
struct S { tuple<bit<8>, H> a; tuple<> b; tuple<tuple<bool>, error> c; }
control c(inout S s) {
    apply {
        tuple<bit<32>, bool> x = { 10, false };
        tuple<bit<32>, bool> y = x;
        if (x == y) { s.b = { }; }
    }
}
