// What a call changes through an inout header is not seen by operands read before it.
#include "include/values.p4"

bit<8> touch(inout output_t h) {
    h.x = h.x + 1;
    h.z = 0x0909;
    return h.x;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = 5;
        hdr.o.y = hdr.o.x + touch(hdr.o);
        bit<16> before = hdr.o.z + (bit<16>)touch(hdr.o) + hdr.o.z;
        hdr.o.x = hdr.o.x - touch(hdr.o);
        hdr.o.w = before ++ hdr.o.z;
        output_t copy = hdr.o;
        bool same = hdr.o == copy && touch(copy) == copy.x && hdr.o != copy;
        hdr.o.z = same ? 16w1 : 0;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
