// Several lpm keys beside a ternary one: priorities choose among the entries, and prefixes are masks like others.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> value) { hdr.o.x = value; }
    table t {
        key = { hdr.i.c : lpm; hdr.i.a : ternary; hdr.i.d : lpm; }
        actions = { set; NoAction; }
    }
    apply { t.apply(); }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
