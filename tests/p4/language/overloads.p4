// Functions of one name are told apart by the number and the names of their arguments.
#include "include/values.p4"

bit<8> f(in bit<8> l) {
    return l;
}
bit<8> f(in bit<8> l, in bit<8> r) {
    return l + r;
}
bit<8> f(in bit<8> l, in bit<8> r, in bit<8> s) {
    return f(l, r) + f(s);
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        hdr.o.x = f(1);
        hdr.o.y = f(1, 2);
        hdr.o.z = (bit<16>)f(1, f(2, 3), f(4));
        hdr.o.w = (bit<32>)f(r = 1, l = f(2));
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
