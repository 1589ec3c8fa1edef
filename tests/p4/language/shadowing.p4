// A local name hides the one outside it, and only within its block.
#include "include/values.p4"

const bit<8> n = 1;
bit<8> plain() {
    return n;
}
bit<8> hidden(in bit<8> n) {
    return n;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    bit<8> m = n;
    action set() {
        bit<8> m = 9;
        hdr.o.z = (bit<16>)m;
    }

    apply {
        hdr.o.x = m + plain() + hidden(4);
        bit<8> n = 0x20;
        {
            bit<8> n = 0x30;
            bit<8> m = 0x40;
            hdr.o.y = n + m;
        }
        set();
        hdr.o.w = n ++ m ++ 16w0;
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
