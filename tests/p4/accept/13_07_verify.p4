// P4-16 §13.7: verify in states, functions of a parser's use aside.

#include <core.p4>
error { Mine }
header H { bit<8> x; }
parser p(packet_in b, out H h, in error e) {
    state start {
        b.extract(h);
        verify(h.x == 4, error.Mine);
        verify(h.isValid() && h.x != 5, e);
        verify(false, error.NoError);
        transition accept;
    }
}
