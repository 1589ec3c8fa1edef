// Controls within controls three deep, each with tables and actions of its own names.
#include "include/values.p4"

control Third(inout bit<8> n)(bit<8> k) {
    action set(bit<8> v) { n = n + v + k; }
    table t {
        key = { n : exact; }
        actions = { set; @defaultonly NoAction; }
        default_action = NoAction();
    }
    apply { t.apply(); }
}
control Second(inout bit<8> n)(bit<8> k) {
    Third(k + 1) a;
    Third(k + 2) b;
    apply {
        a.apply(n);
        b.apply(n);
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Second(0x10) first;
    Second(0x20) second;

    apply {
        hdr.o.x = hdr.i.a;
        first.apply(hdr.o.x);
        hdr.o.y = hdr.i.a;
        second.apply(hdr.o.y);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
