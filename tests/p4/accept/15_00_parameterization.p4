// P4-16 §15: constructor parameters of parsers and controls: values and externs.

#include <core.p4>
extern E { E(); bit<8> get(); }
header H { bit<8> x; }
parser p(packet_in b, out H h)(bool udpSupport, bit<8> n, E e) {
    state start {
        b.extract(h);
        transition select(udpSupport) { false: accept; true: udp; }
    }
    state udp { h.x = n + e.get(); transition accept; }
}
control c(inout H h)(bit<8> n, int k, E e) { apply { h.x = n + k + e.get(); } }
parser P(packet_in b, out H h);
control C(inout H h);
package Top(P p, C c, C d);
E() shared;
Top(p(false, 3, shared), c(1, 2, shared), c(e = E(), n = 4, k = 5)) main;
