// P4-16 §14.2.1.4.1: priorities written, computed, and mixed; const for single entries.

#include <core.p4>
control c(inout bit<8> e, in bit<16> t) {
    action a() { }
    action a_params(bit<8> x) { e = x; }
    table smallest {
        key = { e : exact; t : ternary; }
        actions = { a; a_params; }
        largest_priority_wins = false;
        priority_delta = 10;
        @noWarn("duplicate_priorities")
        entries = {
            const priority=10: (0x01, 0x1111 &&& 0xF   ) : a_params(1);
                               (0x02, 0x1181           ) : a_params(2);
            const              (0x04, 0x0210 &&& 0x02F0) : a_params(4);
                  priority=40: (0x04, 0x0010 &&& 0x02F0) : a_params(5);
                  priority=(40 + 10): (0x05, _) : a;
                               (0x06, _                ) : a_params(6);
        }
    }
    table computed {
        key = { t : ternary; }
        actions = { a; }
        entries = { 1 &&& 1 : a(); const 2 &&& 3 : a(); _ : a(); }
    }
    apply { smallest.apply(); computed.apply(); }
}
