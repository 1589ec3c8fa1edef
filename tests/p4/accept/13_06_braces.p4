// P4-16 §13.6, §14.2.1.4: a tuple expression is a keyset for several values.

#include <core.p4>
parser p(in bit<8> kind, in bit<16> size) {
    state start {
        transition select(kind, size) {
            { 1, 20 }: accept;
            (2, 30): accept;
            default: reject;
        }
    }
}
control c(inout bit<8> v, in bit<16> w) {
    action set(bit<8> to) { v = to; }
    table t {
        key = { v : exact; w : exact; }
        actions = { set; NoAction; }
        const entries = { { 1, 20 }: set(3); }
    }
    apply { t.apply(); }
}
