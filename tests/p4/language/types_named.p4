// typedefs of generic types, of headers, stacks and enums stand for them.
#include "include/values.p4"

struct both_t<T> {
    T l;
    T r;
}
typedef both_t<bit<8>> bytes_t;
typedef output_t frame_t;
typedef bit<8> byte_t;
header item_t { byte_t n; }
typedef item_t[2] items_t;
byte_t sum(in bytes_t b) {
    return b.l + b.r;
}

control MyIngress(inout headers_t hdr, inout metadata_t meta, inout standard_metadata_t standard_metadata) {
    apply {
        bytes_t b = { 1, 2 };
        hdr.o.x = sum(b) + sum({ 3, 4 });
        frame_t f = { 5, 6, 7, 8 };
        hdr.o.y = f.y;
        items_t s;
        s[1] = { 9 };
        hdr.o.z = (bit<16>)s[1].n + (s[0].isValid() ? 16w0x100 : 0);
    }
}

V1Switch(ValuesParser(), NoVerify(), MyIngress(), NoEgress(), NoCompute(), ValuesDeparser()) main;
