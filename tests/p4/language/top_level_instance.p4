// Registers of the top level are shared by all who use them.
#include "include/values.p4"

register<bit<8>>(4) shared;
control Bump(in bit<32> index, out bit<8> n) {
    apply {
        shared.read(n, index);
        n = n + 1;
        shared.write(index, n);
    }
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    Bump() one;
    Bump() two;

    apply {
        one.apply(2, hdr.o.x);
        two.apply(2, hdr.o.y);
        bit<8> n;
        shared.read(n, 2);
        hdr.o.z = (bit<16>)n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
