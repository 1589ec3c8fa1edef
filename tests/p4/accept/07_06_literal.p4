// P4-16 §7.6, in practice: a literal needs no cast to a type made from a number, though the section writes one.

#include <core.p4>

type bit<10> Vrf;
type int<8> Level;
typedef Vrf VrfName;

const Vrf main_vrf = 0;
const Vrf last_vrf = main_vrf;

header H {
    Vrf vrf;
    Level level;
    bit<6> rest;
}

struct Meta {
    VrfName vrf;
}

control c(inout H h, inout Meta meta) {
    action set(Vrf vrf) { meta.vrf = vrf; }
    table routes {
        key = { meta.vrf: exact; }
        actions = { set; }
        default_action = set(7);
        const entries = { 3: set(4); }
    }
    apply {
        meta.vrf = main_vrf;
        h = { 1, -2, 3 };
        h.vrf = 5;
        set(0x3ff);
        if (h.vrf == 5) {
            routes.apply();
        }
    }
}
