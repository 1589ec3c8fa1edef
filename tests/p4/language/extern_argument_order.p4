// Named arguments of externs are evaluated in the order of the call, too.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    register<bit<8>>(8) r;

    apply {
        bit<8> n = 0;
        r.write(value = next(n), index = (bit<32>)next(n));
        r.read(hdr.o.x, 2);
        r.write((bit<32>)next(n), next(n));
        r.read(index = 3, result = hdr.o.y);
        hdr.o.z = (bit<16>)n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
