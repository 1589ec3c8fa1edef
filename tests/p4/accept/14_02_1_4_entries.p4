// P4-16 §14.2.1.4: entries for keys of each kind; with const, without, and none.

#include <core.p4>
match_kind { range, optional }
enum bit<8> E { a = 1 }
const bit<8> k = 9;
header hdr { bit<8> e; bit<16> t; bit<8> l; bit<8> r; E n; bool v; bit<7> rest; }
control c(inout hdr h, inout bit<9> port) {
    action a() { port = 0; }
    action a_params(bit<9> x) { port = x; }
    table t_exact_ternary {
        key = { h.e : exact; h.t : ternary; }
        actions = { a; a_params; }
        default_action = a;
        const entries = {
            (0x01, 0x1111 &&& 0xF   ) : a_params(1);
            (0x02, 0x1181           ) : a_params(2);
            (k,    0x1111 &&& 0xF000) : a_params(3);
            (k + 1, _               ) : a_params(x = 4);
            _                         : a;
        }
    }
    table t_range { key = { h.r : range; } actions = { a; a_params; } entries = { 1 .. 8 : a(); 9 : a_params(1); } }
    table t_lpm { key = { h.l : lpm; } actions = { a; } const entries = { 0x10 &&& 0xF0 : a(); 0x11 : a(); _ : a(); } }
    table t_optional { key = { h.l : optional; } actions = { a; } const entries = { 1 : a(); default : a(); } }
    table t_none { key = { h.l : exact; } actions = { a; } const entries = { } }
    table t_one { key = { h.n : exact; } actions = { a; } const entries = { E.a : a(); } }
    table t_bool { key = { h.v : exact; h.isValid() : exact; } actions = { a; } entries = { (true, false) : a(); } }
    apply {
        t_exact_ternary.apply(); t_range.apply(); t_lpm.apply(); t_optional.apply();
        t_none.apply(); t_one.apply(); t_bool.apply();
    }
}
