// P4-16 §14.2.1.4: a mask where the key is exact, which published programs have; the compiler warns.

#include <core.p4>
header hdr { bit<32> address; bit<8> kind; }
control c(inout hdr h, inout bit<9> port) {
    action set(bit<9> to) { port = to; }
    table t {
        key = { h.address : exact; h.kind : exact; }
        actions = { set; }
        default_action = set(0);
        const entries = {
            (0x0a000001, 1) : set(1);
            (0x0b000000 &&& 0xff000000, 2) : set(2);
            (_, 3 &&& 3) : set(3);
        }
    }
    apply { t.apply(); }
}
