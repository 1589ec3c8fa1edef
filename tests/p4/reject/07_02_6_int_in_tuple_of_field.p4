// P4-16 §7.2.9: a struct has no int, not even in a tuple.

struct S {
    tuple<bit<8>, tuple<int>> f; // error
}
