// P4-16 §13.11: a value set has no negative size.

parser p(in bit<8> kind) {
    value_set<bit<8>>(-4) kinds; // error
    state start { transition select(kind) { kinds: accept; default: reject; } }
}
