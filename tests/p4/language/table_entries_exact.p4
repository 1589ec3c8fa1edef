// const entries of several keys with casts, enums and constants; the first that fits wins.
#include "include/values.p4"

enum bit<8> kind_t { One = 1, Two = 2 }
const bit<16> five = 5;

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    action set(bit<8> v, bit<8> u) {
        hdr.o.x = v;
        hdr.o.y = u;
    }
    table t {
        key = {
            (kind_t)hdr.i.a : exact @name("kind");
            hdr.i.c : ternary;
            hdr.i.b : range;
        }
        actions = { set; @defaultonly NoAction; }
        const entries = {
            (kind_t.One, five, 3) : set(1, 1);
            (kind_t.Two, _, 0x10..0x20) : set(v = 2, u = 3);
            (kind_t.One, 0x0100 &&& 0xff00, _) : set(4, 4);
            (kind_t.One, _, _) : set(5, 5);
            (kind_t.Two, default, 0..0xff) : set(6, 6);
        }
        default_action = NoAction();
    }

    apply {
        t.apply();
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
