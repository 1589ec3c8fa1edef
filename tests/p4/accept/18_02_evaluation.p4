// P4-16 §18.2: one instance that two blocks share, others of their own.

#include <core.p4>
extern Checksum16 { Checksum16(); bit<16> get(); }
parser P(packet_in b);
control C(inout bit<16> v);
package Switch(P prs, C ctrl, C dep);
Checksum16() ck16;
parser TopParser(packet_in b)(Checksum16 unit) {
    state start { transition select(unit.get()) { 0: accept; default: reject; } }
}
control Pipe(inout bit<16> v) { Checksum16() own; apply { v = own.get(); } }
control TopDeparser(inout bit<16> v)(Checksum16 unit) { apply { v = unit.get(); } }
Switch(TopParser(ck16), Pipe(), TopDeparser(ck16)) main;
