// P4-16 §13.11: value sets are for parsers.

control c(inout bit<8> v) {
    value_set<bit<8>>(4) vs; // error
    apply { v = 1; }
}
