// P4-16 §13.11, appendix F: a value set at the top level, which two parsers share.

#include <core.p4>
parser Simple(packet_in b, out bit<16> v);
package Top(Simple s, Simple t);
@name("shared_types")
value_set<bit<16>>(4) types;
parser p(packet_in b, out bit<16> v) {
    state start {
        v = b.lookahead<bit<16>>();
        transition select(v) {
            types: accept;
            default: reject;
        }
    }
}
parser q(packet_in b, out bit<16> v) {
    state start {
        v = 0;
        transition select(b.lookahead<bit<16>>()) {
            types: accept;
        }
    }
}
Top(p(), q()) main;
