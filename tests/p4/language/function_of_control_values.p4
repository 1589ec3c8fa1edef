// A function that is called from two controls, an action and itself within its arguments.
#include "include/values.p4"

bit<16> mix(in bit<8> l, in bit<8> r) {
    bit<16> made = l ++ r;
    if (l > r) {
        made = r ++ l;
    }
    return made;
}
control Inner(inout bit<16> z) {
    apply { z = mix(z[7:0], z[15:8]); }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Inner() inner;
    action both(bit<8> v) { hdr.o.w = mix(v, 1) ++ mix(mix(v, 2)[7:0], mix(3, v)[15:8]); }

    apply {
        hdr.o.z = mix(hdr.i.a, hdr.i.b);
        inner.apply(hdr.o.z);
        both(hdr.i.a);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
