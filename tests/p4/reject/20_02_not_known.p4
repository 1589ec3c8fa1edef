// P4-16 §20.2: expressions are known.

control c(inout bit<8> v) {
    @Bad[v] // error
    action a() { v = 1; }
    apply { a(); }
}
