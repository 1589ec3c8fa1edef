// P4-16 §15.1: nor a parser that has value sets.

parser inner(in bit<8> kind) {
    value_set<bit<8>>(4) kinds;
    state start { transition select(kind) { kinds: accept; default: reject; } }
}
parser p(in bit<8> kind) {
    state start {
        inner.apply(kind);
        inner.apply(kind); // error
        transition accept;
    }
}
