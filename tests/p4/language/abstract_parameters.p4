// Controls with an extern given when they are made, and with one of their own.
#include "include/values.p4"

control Count(in bit<8> index, out bit<8> n)(register<bit<8>> r) {
    bit<8> v;
    apply {
        r.read(v, (bit<32>)index);
        v = v + 1;
        r.write((bit<32>)index, v);
        n = v;
    }
}
control Own(in bit<8> index, out bit<8> n)(bit<32> size) {
    register<bit<8>>(size) r;
    Count(r) count;
    apply { count.apply(index, n); }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<8>>(4) shared;
    Count(shared) one;
    Count(shared) two;
    Own(4) own;

    apply {
        bit<8> n;
        one.apply(1, hdr.o.x);
        two.apply(1, hdr.o.y);
        own.apply(1, n);
        hdr.o.z = (bit<16>)n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
