// P4-16 §13.9: a loop over a stack.

#include <core.p4>
header Mpls_h { bit<20> label; bit<3> tc; bit bos; bit<8> ttl; }
struct P { Mpls_h[3] mpls; }
parser p(packet_in b, out P h) {
    state start {
        b.extract(h.mpls.next);
        transition select(h.mpls.last.bos) { 0: start; 1: accept; }
    }
}
