// What a parameter gets is copied before the body runs: the body's changes of a global do not show.
#include "include/values.p4"

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> v;
    action change(in bit<8> old, inout bit<8> both) {
        v = 7;
        both = both + old;
        hdr.o.y = v;
        hdr.o.z = (bit<16>)old;
    }

    apply {
        v = hdr.i.a;
        change(v, v);
        hdr.o.x = v;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
