// The right operand of && and || is evaluated only where it matters, so are the branches of ?:.
#include "include/values.p4"

bool touch(inout bit<8> n, in bool result) {
    n = n + 1;
    return result;
}
bit<8> ten(inout bit<8> n) {
    n = n + 10;
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bit<8> v = 0;
        bool b = touch(v, false) && touch(v, true);
        hdr.o.x = v;
        b = b || touch(v, true) || touch(v, true);
        hdr.o.y = v;
        v = 0;
        if (hdr.i.a == 1 && touch(v, true) || hdr.i.a == 2) {
            hdr.o.z[7:0] = 1;
        }
        hdr.o.z[15:8] = v;
        v = 0;
        bit<8> r = hdr.i.a == 1 ? ten(v) : v;
        r = r + (hdr.i.b == 0 ? v : ten(v));
        hdr.o.w = (b ? 8w1 : 8w0) ++ r ++ v ++ (!(touch(v, true) && !touch(v, false)) ? 8w1 : v);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
