// Keys may be any expressions: sums, slices, validity, casts, conditions, calls and constants.
#include "include/values.p4"

bit<8> twice(in bit<8> v) {
    return v + v;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v) { hdr.o.x = v; }
    table t {
        key = {
            hdr.i.a + 1 : exact @name("sum");
            hdr.i.b[3:0] : ternary @name("slice");
            hdr.o.isValid() : exact;
            hdr.i.c == 5 : exact @name("five");
            twice(hdr.i.b) : ternary @name("twice");
            (bit<4>)hdr.i.c : exact @name("cast");
        }
        actions = { set; NoAction; }
        default_action = NoAction();
    }

    apply {
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
