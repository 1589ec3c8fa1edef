// P4-16 §14.2.1.4, §8.16.4: an entry whose range is empty matches nothing.

#include <core.p4>
#include <v1model.p4>
struct headers_t { }
struct metadata_t { bit<8> m; }
parser P(packet_in b, out headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    state start { transition accept; }
}
control V(inout headers_t h, inout metadata_t m) { apply { } }
control I(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) {
    action a() { }
    table t {
        key = { m.m : range; }
        actions = { a; NoAction; }
        const entries = { 9 .. 2 : a(); }
    }
    apply { t.apply(); }
}
control E(inout headers_t h, inout metadata_t m, inout standard_metadata_t s) { apply { } }
control D(packet_out b, in headers_t h) { apply { } }
V1Switch(P(), V(), I(), E(), V(), D()) main;
