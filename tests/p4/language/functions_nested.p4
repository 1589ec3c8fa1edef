// Calls within calls, generic functions, and functions that call functions.
#include "include/values.p4"

T pick<T>(in bool first, in T l, in T r) {
    return first ? l : r;
}
bit<8> twice(in bit<8> v) {
    return v + v;
}
bit<8> four_times(in bit<8> v) {
    return twice(twice(v));
}
void swap<T>(inout T l, inout T r) {
    T old = l;
    l = r;
    r = old;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = twice(twice(twice(hdr.i.a)));
        hdr.o.y = four_times(pick(hdr.i.b == 0, hdr.i.a, 8w3));
        hdr.o.z = pick<bit<16>>(hdr.i.b == 1, 7, pick(true, hdr.i.c, 1));
        swap(hdr.i.a, hdr.i.b);
        input_t one = hdr.i;
        input_t two = hdr.i;
        one.d = 5;
        swap(one, two);
        hdr.o.w = hdr.i.a ++ hdr.i.b ++ two.d[7:0] ++ one.d[7:0];
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
