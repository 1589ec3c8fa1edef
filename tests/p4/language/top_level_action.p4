// Actions and constants of the top level, used by tables of two controls, directly and by entries.
#include "include/values.p4"

typedef bit<8> small_t;
action store(out small_t to, in small_t v) {
    to = v;
}
action nothing() { }
control Inner(inout headers_t hdr) {
    small_t n;
    table t {
        key = { hdr.i.a : exact; }
        actions = { store(n, hdr.i.b); nothing; NoAction; }
        const entries = {
            1 : store(n, hdr.i.b);
            2 : nothing();
        }
        default_action = NoAction();
    }
    apply {
        n = 9;
        t.apply();
        hdr.o.y = n;
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Inner() one;
    Inner() two;
    table u {
        key = { hdr.i.a : exact; }
        actions = { nothing; @defaultonly NoAction; }
        default_action = NoAction();
    }

    apply {
        store(hdr.o.x, 4);
        one.apply(hdr);
        hdr.i.a = 2;
        hdr.o.z[7:0] = hdr.o.y;
        two.apply(hdr);
        u.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
