// return f(x) evaluates f once; a return ends what is behind it, within nested blocks too.
#include "include/values.p4"

bit<8> next(inout bit<8> n) {
    n = n + 1;
    return n;
}
bit<8> deep(inout bit<8> n, in bit<8> v) {
    {
        if (v == 1) {
            {
                return next(n) + next(n);
            }
        }
        n = n + 0x10;
    }
    if (v == 2) {
        return n;
    }
    n = n + 0x20;
    return next(n);
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> n = 0;
        hdr.o.x = deep(n, hdr.i.a);
        hdr.o.y = n;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
