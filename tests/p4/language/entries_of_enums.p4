// Entries whose keys are enums, bools, errors' numbers and signed values.
#include "include/values.p4"

enum bit<4> kind_t { Low = 1, High = 15 }

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v, kind_t k) {
        hdr.o.x = v;
        hdr.o.y = (bit<8>)(bit<4>)k;
    }
    table t {
        key = {
            (kind_t)hdr.i.a[3:0] : exact @name("kind");
            hdr.i.b == 0 : exact @name("zero");
            (int<16>)hdr.i.c : exact @name("number");
        }
        actions = { set; NoAction; }
        const entries = {
            (kind_t.Low, true, -5) : set(1, kind_t.High);
            (kind_t.High, false, 5) : set(2, kind_t.Low);
            ((kind_t)7, false, 16s0) : set(3, (kind_t)8);
        }
        const default_action = NoAction();
    }

    apply {
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
