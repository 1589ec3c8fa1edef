// P4-16 §13.8.2: headers with one varbit field.

#include <core.p4>
header H { bit<4> ihl; bit<4> rest; varbit<320> options; }
header V { varbit<64> v; }
struct S { H h; V[2] vs; }
parser p(packet_in b, out S s) {
    state start {
        bit<8> n = b.lookahead<bit<8>>();
        b.extract(s.h, (bit<32>) (((bit<16>) n[3:0] - 5) * 32));
        b.extract(s.vs.next, 64);
        b.extract(variableFieldSizeInBits = 32, variableSizeHeader = s.vs.next);
        transition accept;
    }
}
