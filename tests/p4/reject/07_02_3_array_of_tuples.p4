// P4-16 §7.2.9: an array has no tuples.

control c() {
    tuple<bit<8>, bool>[4] pairs; // error
    apply { }
}
